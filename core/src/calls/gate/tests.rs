//! The gate, rule by rule and all together.

use proptest::prelude::*;

use super::*;

/// 10 o'clock in Los Angeles, 13 in New York, 19 in Berlin: a Thursday in January.
const NOW: u64 = 1_768_500_000_000;
const HOUR: u64 = 3_600_000;

fn rules() -> Rules {
    Rules { countries: Vec::new(), hours: CallingHours::default(), max_attempts: 5 }
}

fn number(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

fn question(number: &PhoneNumber) -> Question<'_> {
    Question {
        number,
        time_zone: None,
        now_ms: NOW,
        not_before_ms: None,
        not_after_ms: None,
        attempts_used: 0,
        stop_dialing: false,
        on_dnc: false,
        live: true,
        on_allow_list: false,
    }
}

fn refused_by(decision: &Decision) -> Vec<&'static str> {
    decision.findings.iter().filter(|f| !f.passed).map(|f| f.rule.as_str()).collect()
}

/// Each rule alone, with its verdict.
#[test]
fn one_rule_is_enough_to_refuse() {
    let seattle = number("+12065550110");
    let asked = question(&seattle);
    let suppress = |reason| Verdict::Suppress { reason };
    let defer = |cause, until_ms| Verdict::Defer { cause, until_ms };
    let table = [
        (asked, None, Verdict::Allow),
        (
            Question { stop_dialing: true, ..asked },
            Some("stop_dialing"),
            defer(DeferralCause::StopDialing, NOW + 60_000),
        ),
        (Question { on_dnc: true, ..asked }, Some("own_dnc"), suppress(SuppressReason::OwnDnc)),
        (Question { live: false, ..asked }, Some("live"), suppress(SuppressReason::NotAllowed)),
        (Question { live: false, on_allow_list: true, ..asked }, None, Verdict::Allow),
        (Question { attempts_used: 4, ..asked }, None, Verdict::Allow),
        (Question { attempts_used: 5, ..asked }, Some("max_attempts"), suppress(SuppressReason::MaxAttempts)),
        (Question { not_after_ms: Some(NOW), ..asked }, None, Verdict::Allow),
        (Question { not_after_ms: Some(NOW - 1), ..asked }, Some("window"), Verdict::Expire),
        (
            Question { not_before_ms: Some(NOW + HOUR), ..asked },
            Some("window"),
            defer(DeferralCause::NotBefore, NOW + HOUR),
        ),
        (
            Question { time_zone: Some("Asia/Tokyo"), ..asked },
            Some("calling_hours"),
            defer(DeferralCause::OutsideHours, NOW + 5 * HOUR),
        ),
        (
            Question { time_zone: Some("Mars/Olympus"), ..asked },
            Some("calling_hours"),
            suppress(SuppressReason::TimeZoneUnknown),
        ),
    ];
    for (question, refusing, verdict) in table {
        let decision = decide(&rules(), &question);
        assert_eq!(refused_by(&decision), refusing.into_iter().collect::<Vec<_>>(), "{question:?}");
        assert_eq!(decision.verdict, verdict, "{question:?}");
    }
}

#[test]
fn only_countries_on_the_list_are_called() {
    let rules = Rules { countries: vec!["+1".to_owned(), "+49".to_owned()], ..rules() };
    for (number, allowed) in [("+12065550110", true), ("+493012345678", true), ("+442079460000", false)] {
        let number = &number.parse().unwrap();
        let decision = decide(&rules, &question(number));
        assert_eq!(decision.allows(), allowed, "{number}");
        assert_eq!(refused_by(&decision).contains(&"country"), !allowed);
    }
}

/// A number whose place nobody knows is not dialed by chance, unless calls are made at any hour.
#[test]
fn a_place_that_nobody_knows_is_said_so() {
    let toll_free = number("+18005550100");
    let decision = decide(&rules(), &question(&toll_free));
    assert_eq!(decision.verdict, Verdict::Suppress { reason: SuppressReason::TimeZoneUnknown });
    let finding = decision.findings.iter().find(|f| f.rule == RuleId::CallingHours).unwrap();
    assert_eq!(finding.looked_at, "the number's prefix tells no zone");
    let told = Question { time_zone: Some("America/Denver"), ..question(&toll_free) };
    assert!(decide(&rules(), &told).allows());
    let always = Rules { hours: CallingHours::ALWAYS, ..rules() };
    assert!(decide(&always, &question(&toll_free)).allows());
}

/// The next morning is too late for an order of today: that is said at once, not the next morning.
#[test]
fn an_order_that_ends_before_the_hours_begin_expires() {
    let tokyo = number("+81312345678");
    let until = |ms| Question { not_after_ms: Some(NOW + ms), ..question(&tokyo) };
    let outside = Verdict::Defer { cause: DeferralCause::OutsideHours, until_ms: NOW + 5 * HOUR };
    assert_eq!(decide(&rules(), &until(5 * HOUR)).verdict, outside);
    assert_eq!(decide(&rules(), &until(5 * HOUR - 1)).verdict, Verdict::Expire);
    let stopped = Question { stop_dialing: true, not_after_ms: Some(NOW + 1), ..question(&tokyo) };
    assert_eq!(decide(&rules(), &stopped).verdict, Verdict::Expire);
    let seattle = number("+12065550110");
    let stopped = Question { stop_dialing: true, not_after_ms: Some(NOW + 1), ..question(&seattle) };
    assert!(matches!(decide(&rules(), &stopped).verdict, Verdict::Defer { .. }), "dialing may be resumed in time");
}

/// A call for three in the morning is put back once, to when the hours begin after it.
#[test]
fn the_hours_are_those_of_the_time_at_which_it_would_be_dialed() {
    let seattle = number("+12065550110");
    let night = Question { not_before_ms: Some(NOW + 17 * HOUR), ..question(&seattle) };
    let morning = Verdict::Defer { cause: DeferralCause::OutsideHours, until_ms: NOW + 22 * HOUR };
    assert_eq!(decide(&rules(), &night).verdict, morning);
}

/// What is stored can be read back, and a person can read why.
#[test]
fn a_decision_tells_all() {
    let seattle = number("+12065550110");
    let decision = decide(&rules(), &Question { on_dnc: true, attempts_used: 2, ..question(&seattle) });
    let stored = serde_json::to_string(&decision).unwrap();
    assert_eq!(
        stored,
        concat!(
            r#"{"verdict":"suppress","reason":"own_dnc","findings":["#,
            r#"{"rule":"stop_dialing","passed":true,"looked_at":"dialing is not stopped"},"#,
            r#"{"rule":"own_dnc","passed":false,"looked_at":"the number is on the do-not-call list"},"#,
            r#"{"rule":"live","passed":true,"looked_at":"the provider is live"},"#,
            r#"{"rule":"country","passed":true,"looked_at":"every country may be called"},"#,
            r#"{"rule":"max_attempts","passed":true,"looked_at":"2 of 5 attempts are used"},"#,
            r#"{"rule":"window","passed":true,"looked_at":"from any time until any time"},"#,
            r#"{"rule":"calling_hours","passed":true,"looked_at":"08:00-21:00; 10:00 in America/Los_Angeles"}],"#,
            r#""version":"1"}"#,
        )
    );
    assert_eq!(serde_json::from_str::<Decision>(&stored).unwrap(), decision);
    let deferred = decide(&rules(), &Question { stop_dialing: true, ..question(&seattle) });
    let stored = serde_json::to_string(&deferred).unwrap();
    assert!(stored.starts_with(r#"{"verdict":"defer","cause":"stop_dialing","until_ms":1768500060000,"#), "{stored}");
    assert_eq!(serde_json::from_str::<Decision>(&stored).unwrap(), deferred);
}

proptest! {
    /// Every rule is listed whatever the others say; it is allowed exactly when all pass; what is deferred is deferred
    /// to later, and on that day nothing but a rule that is not about time can stand in its way.
    #[test]
    fn it_allows_exactly_what_every_rule_passes(
        flags in prop::collection::vec(any::<bool>(), 4),
        attempts_used in 0..8u32,
        now_ms in NOW..NOW + 400 * 24 * HOUR,
        window in (prop::option::of(0..72u64), prop::option::of(0..96u64)),
        to in prop::sample::select(&["+12065550110", "+18505550110", "+493012345678", "+74951234567", "+18005550100"][..]),
    ) {
        let to = number(to);
        let question = Question {
            now_ms,
            not_before_ms: window.0.map(|h| NOW + h * HOUR),
            not_after_ms: window.1.map(|h| now_ms - 24 * HOUR + h * HOUR),
            attempts_used,
            stop_dialing: flags[0],
            on_dnc: flags[1],
            live: flags[2],
            on_allow_list: flags[3],
            ..question(&to)
        };
        let decision = decide(&rules(), &question);
        let ids: Vec<_> = decision.findings.iter().map(|f| f.rule).collect();
        prop_assert_eq!(&ids[..], RuleId::ALL);
        prop_assert_eq!(decision.allows(), decision.findings.iter().all(|f| f.passed));
        if let Verdict::Defer { until_ms, .. } = decision.verdict {
            prop_assert!(until_ms > now_ms);
            let then = Question { now_ms: until_ms, stop_dialing: false, ..question };
            let stopped = question.stop_dialing;
            prop_assert!(stopped || decide(&rules(), &then).allows(), "deferred to when it is not allowed either");
        }
    }
}
