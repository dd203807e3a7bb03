//! Area codes of the North American numbering plan (+1) and the zones in which their numbers are.
//!
//! Where a zone's border crosses an area, all its zones stand: the hours must hold in each. Codes that have no place
//! (toll-free, personal, premium) are not here.

const EASTERN: &[&str] = &["America/New_York"];
const EASTERN_CENTRAL: &[&str] = &["America/New_York", "America/Chicago"];
const CENTRAL: &[&str] = &["America/Chicago"];
const CENTRAL_MOUNTAIN: &[&str] = &["America/Chicago", "America/Denver"];
const MOUNTAIN: &[&str] = &["America/Denver"];
const MOUNTAIN_PACIFIC: &[&str] = &["America/Boise", "America/Los_Angeles"];
const PACIFIC: &[&str] = &["America/Los_Angeles"];

/// Zones and the area codes in them.
const AREAS: &[(&[&str], &[u16])] = &[
    // Connecticut, Delaware, District of Columbia, Maine, Maryland, Massachusetts, New Hampshire, Rhode Island, Vermont
    (
        EASTERN,
        &[
            203, 475, 860, 959, 302, 202, 771, 207, 227, 240, 301, 410, 443, 667, 339, 351, 413, 508, 617, 774, 781,
            857, 978, 603, 401, 802,
        ],
    ),
    // New Jersey, New York, Pennsylvania
    (
        EASTERN,
        &[
            201, 551, 609, 640, 732, 848, 856, 862, 908, 973, 212, 315, 329, 332, 347, 363, 465, 516, 518, 585, 607,
            624, 631, 646, 680, 716, 718, 838, 845, 914, 917, 929, 934, 215, 223, 267, 272, 412, 445, 484, 570, 582,
            610, 717, 724, 814, 835, 878,
        ],
    ),
    // Florida, Georgia, North and South Carolina, Virginia, West Virginia
    (
        EASTERN,
        &[
            239, 305, 321, 324, 352, 386, 407, 561, 645, 656, 689, 727, 728, 754, 772, 786, 813, 863, 904, 941, 954,
            229, 404, 470, 478, 678, 706, 762, 770, 912, 943, 252, 336, 472, 704, 743, 828, 910, 919, 980, 984, 803,
            821, 839, 843, 854, 864, 276, 434, 540, 571, 686, 703, 757, 804, 826, 948, 304, 681,
        ],
    ),
    // Kentucky, Ohio, Tennessee
    (EASTERN, &[502, 859, 216, 220, 234, 283, 326, 330, 380, 419, 436, 440, 513, 567, 614, 740, 937, 865]),
    (&["America/Detroit"], &[231, 248, 269, 313, 517, 586, 616, 679, 734, 810, 947, 989]),
    (&["America/Detroit", "America/Menominee"], &[906]),
    (&["America/Indiana/Indianapolis"], &[260, 317, 463, 765]),
    (&["America/Indiana/Indianapolis", "America/Chicago"], &[219, 574, 812, 930]),
    // The west of Florida, Kentucky and the south-east of Tennessee
    (EASTERN_CENTRAL, &[448, 850, 270, 364, 606, 423]),
    // Alabama, Arkansas, Illinois, Iowa, Louisiana
    (
        CENTRAL,
        &[
            205, 251, 256, 334, 659, 938, 327, 479, 501, 870, 217, 224, 309, 312, 331, 447, 464, 618, 630, 708, 730,
            773, 779, 815, 847, 861, 872, 319, 515, 563, 641, 712, 225, 318, 337, 457, 504, 985,
        ],
    ),
    // Kansas, Minnesota, Mississippi, Missouri, Nebraska, Oklahoma, Tennessee, Wisconsin
    (
        CENTRAL,
        &[
            316, 913, 218, 320, 507, 612, 651, 763, 924, 952, 228, 601, 662, 769, 235, 314, 417, 557, 573, 636, 660,
            816, 975, 402, 531, 405, 539, 572, 580, 918, 615, 629, 731, 901, 931, 262, 274, 353, 414, 534, 608, 715,
            920,
        ],
    ),
    // Texas
    (
        CENTRAL,
        &[
            210, 214, 254, 281, 325, 346, 361, 409, 430, 432, 469, 512, 621, 682, 713, 726, 737, 806, 817, 830, 832,
            903, 936, 940, 945, 956, 972, 979,
        ],
    ),
    // The west of Kansas and Nebraska, the Dakotas
    (CENTRAL_MOUNTAIN, &[620, 785, 308, 701, 605]),
    // Colorado, Montana, New Mexico, El Paso, Utah, Wyoming
    (MOUNTAIN, &[303, 719, 720, 748, 970, 983, 406, 505, 575, 915, 385, 435, 801, 307]),
    (&["America/Phoenix"], &[480, 520, 602, 623]),
    // The Navajo Nation keeps summer time
    (&["America/Phoenix", "America/Denver"], &[928]),
    // Idaho, the east of Oregon
    (MOUNTAIN_PACIFIC, &[208, 986, 458, 541]),
    (&["America/Denver", "America/Los_Angeles"], &[775]),
    // California
    (
        PACIFIC,
        &[
            209, 213, 279, 310, 323, 341, 350, 357, 369, 408, 415, 424, 442, 510, 530, 559, 562, 619, 626, 628, 650,
            657, 661, 669, 707, 714, 738, 747, 760, 805, 818, 820, 831, 837, 840, 858, 909, 916, 925, 949, 951,
        ],
    ),
    // Nevada, Oregon, Washington
    (PACIFIC, &[702, 725, 503, 971, 206, 253, 360, 425, 509, 564]),
    (&["America/Anchorage", "America/Adak"], &[907]),
    (&["Pacific/Honolulu"], &[808]),
    (&["America/Puerto_Rico"], &[787, 939]),
    (&["America/St_Thomas"], &[340]),
    (&["Pacific/Guam"], &[670, 671]),
    (&["Pacific/Pago_Pago"], &[684]),
    // Canada
    (&["America/St_Johns", "America/Goose_Bay"], &[709, 879]),
    (&["America/Halifax"], &[782, 902]),
    (&["America/Moncton"], &[428, 506]),
    (&["America/Toronto"], &[263, 354, 438, 450, 468, 514, 579, 819, 873]),
    (&["America/Toronto", "America/Halifax"], &[273, 367, 418, 581]),
    (&["America/Toronto"], &[226, 249, 289, 343, 365, 382, 416, 437, 519, 548, 613, 647, 683, 705, 742, 753, 905, 942]),
    (&["America/Toronto", "America/Winnipeg"], &[807]),
    (&["America/Winnipeg"], &[204, 431, 584]),
    (&["America/Regina"], &[306, 474, 639]),
    (&["America/Edmonton"], &[368, 403, 587, 780, 825]),
    (&["America/Vancouver"], &[604]),
    (&["America/Vancouver", "America/Edmonton"], &[236, 250, 257, 672, 778]),
    (&["America/Whitehorse", "America/Yellowknife", "America/Rankin_Inlet", "America/Iqaluit"], &[867]),
    // The Caribbean and Bermuda
    (&["America/Nassau"], &[242]),
    (&["America/Barbados"], &[246]),
    (&["America/Anguilla"], &[264]),
    (&["America/Antigua"], &[268]),
    (&["America/Tortola"], &[284]),
    (&["America/Cayman"], &[345]),
    (&["Atlantic/Bermuda"], &[441]),
    (&["America/Grenada"], &[473]),
    (&["America/Grand_Turk"], &[649]),
    (&["America/Jamaica"], &[658, 876]),
    (&["America/Montserrat"], &[664]),
    (&["America/Lower_Princes"], &[721]),
    (&["America/St_Lucia"], &[758]),
    (&["America/Dominica"], &[767]),
    (&["America/St_Vincent"], &[784]),
    (&["America/Santo_Domingo"], &[809, 829, 849]),
    (&["America/Port_of_Spain"], &[868]),
    (&["America/St_Kitts"], &[869]),
];

/// The zones of an area code, given as its three digits.
pub(super) fn zones(area: &str) -> Option<&'static [&'static str]> {
    let area: u16 = area.parse().ok()?;
    AREAS.iter().find(|(_, codes)| codes.contains(&area)).map(|(zones, _)| *zones)
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (&'static [&'static str], &'static [u16])> {
    AREAS.iter().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Area codes are three digits, the first from 2 to 9, and none ends in 11; see the plan's own rules for them.
    #[test]
    fn every_area_stands_once_and_is_an_area_code() {
        let codes: Vec<u16> = all().flat_map(|(_, codes)| codes.iter().copied()).collect();
        let unique: BTreeSet<u16> = codes.iter().copied().collect();
        assert_eq!(codes.len(), unique.len());
        assert!(codes.iter().all(|code| (200..1_000).contains(code) && code % 100 != 11));
        // Toll-free and personal codes have no place.
        assert!(["800", "833", "888", "500", "900", "999"].iter().all(|code| zones(code).is_none()));
    }

    #[test]
    fn areas_are_where_they_are() {
        let table: [(&str, &[&str]); 8] = [
            ("206", &["America/Los_Angeles"]),
            ("212", &["America/New_York"]),
            ("312", &["America/Chicago"]),
            ("602", &["America/Phoenix"]),
            ("808", &["Pacific/Honolulu"]),
            ("850", &["America/New_York", "America/Chicago"]),
            ("416", &["America/Toronto"]),
            ("876", &["America/Jamaica"]),
        ];
        for (area, expected) in table {
            assert_eq!(zones(area), Some(expected), "{area}");
        }
    }
}
