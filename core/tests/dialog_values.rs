//! Slots whose values cannot be listed, and questions that come in a row: a script with all of them passes its own
//! tests, on the dialog alone and on the session.

use voxgate_core::dialog::{check, script_tests};
use voxgate_core::rehearsal;

const SCRIPT: &str = r##"
dialplan: everything
version: 1
kind: survey
languages: [en-US, es-US, de-DE, fr-FR]
limits: {call: 13m, turns: 40}
variables:
  visits: {type: number, example: "3"}
slots:
  ready:   {type: yes_no, store: false}
  number:  {type: digits, length: 4-6}
  guests:  {type: number, from: 1, to: 12}
  day:     {type: date}
  hour:    {type: time}
  again:   {type: datetime}
  right:   {type: yes_no, store: false}
  wait:    {scale: 1-5}
  staff:   {scale: 1-5}
  why:     {type: text}
defaults:
  no_input: {after: 5s, tries: 2, next: bye}
  no_match: {tries: 3, next: bye}
answered_by: {human: hello, unknown: hello, machine: gone, screening: hello, fax: gone}
anywhere:
  stop: {hear: opt_out, keys: ["9", "*9"], next: never}
states:
  hello:   {say: hello, listen: {slot: ready, keys: {"1": "yes", "2": "no"}}, next: {"yes": number, "no": bye}}
  number:  {say: number, listen: {slot: number}, next: guests}
  guests:  {say: guests, listen: {slot: guests}, next: [{when: {guests: [8-12]}, to: large}, {to: day}]}
  large:   {say: large, end: completed}
  day:     {say: day, listen: {slot: day}, visits: {most: 3, next: bye}, next: hour}
  hour:    {say: hour, listen: {slot: hour}, next: again}
  again:   {say: again, listen: {slot: again}, next: right}
  right:   {say: right, listen: {slot: right, keys: {"1": "yes", "2": "no"}}, next: {"yes": rate, "no": day}}
  rate:
    each:
      wait: ask_wait
      staff: {say: ask_staff, when: {visits: [2-99]}}
    listen: {speech: true}
    next: worst
  worst:   {next: [{when: {wait: [1-2]}, to: why}, {when: {staff: [1-2]}, to: why}, {to: thanks}]}
  why:     {say: why, listen: {slot: why}, next: [{when: {why: [filled]}, to: thanks}, {to: bye}]}
  thanks:  {say: thanks, end: completed, result: answered}
  bye:     {say: bye, end: partially-completed}
  never:   {say: bye, end: do-not-call}
  gone:    {end: failed}
prompts:
  hello:     {en-US: "This is an automated assistant. Ready?", es-US: "Soy un asistente automático. ¿Listo?", de-DE: "Hier ist ein automatischer Assistent. Bereit?", fr-FR: "Ici un assistant automatique. Prêt ?"}
  number:    {en-US: "Your number?", es-US: "¿Su número?", de-DE: "Ihre Nummer?", fr-FR: "Votre numéro ?"}
  guests:    {en-US: "Number {number}. How many?", es-US: "Número {number}. ¿Cuántos?", de-DE: "Nummer {number}. Wie viele?", fr-FR: "Numéro {number}. Combien ?"}
  large:     {en-US: "{guests} are many.", es-US: "{guests} son muchos.", de-DE: "{guests} sind viele.", fr-FR: "{guests}, c'est beaucoup."}
  day:       {en-US: "Which day?", es-US: "¿Qué día?", de-DE: "Welcher Tag?", fr-FR: "Quel jour ?"}
  hour:      {en-US: "At what time?", es-US: "¿A qué hora?", de-DE: "Um wie viel Uhr?", fr-FR: "À quelle heure ?"}
  again:     {en-US: "When shall we call again?", es-US: "¿Cuándo volvemos a llamar?", de-DE: "Wann sollen wir wieder anrufen?", fr-FR: "Quand rappeler ?"}
  right:     {en-US: "{day} at {hour}, and {again}?", es-US: "¿{day} a las {hour}, y {again}?", de-DE: "{day} um {hour}, und {again}?", fr-FR: "{day} à {hour}, et {again} ?"}
  ask_wait:  {en-US: "The wait, 1 to 5?", es-US: "¿La espera, de 1 a 5?", de-DE: "Die Wartezeit, 1 bis 5?", fr-FR: "L'attente, de 1 à 5 ?"}
  ask_staff: {en-US: "The staff, 1 to 5?", es-US: "¿El personal, de 1 a 5?", de-DE: "Das Personal, 1 bis 5?", fr-FR: "Le personnel, de 1 à 5 ?"}
  why:       {en-US: "Why?", es-US: "¿Por qué?", de-DE: "Warum?", fr-FR: "Pourquoi ?"}
  thanks:    {en-US: "Thanks.", es-US: "Gracias.", de-DE: "Danke.", fr-FR: "Merci."}
  bye:       {en-US: "Goodbye.", es-US: "Adiós.", de-DE: "Auf Wiederhören.", fr-FR: "Au revoir."}
tests:
  - name: by voice
    now: 2026-11-21T09:00
    caller:
      - {in: hello, say: "yes please"}
      - {in: number, say: "forty-seven eleven"}
      - {in: guests, say: "four"}
      - {in: day, say: "next tuesday"}
      - {in: hour, say: "half past two"}
      - {in: again, say: "tomorrow at ten in the morning"}
      - {in: right, say: "yes"}
      - {in: rate.wait, say: "two"}
      - {in: rate.staff, say: "five"}
      - {in: why, say: "I had to stand outside for an hour"}
    expect:
      end: completed
      path: [hello, number, guests, day, hour, again, right, rate, rate.wait, rate.staff, worst, why, thanks]
      answers: {number: "4711", guests: "4", day: 2026-11-24, hour: "14:30", again: 2026-11-22T10:00, wait: "2", staff: "5", why: I had to stand outside for an hour}
  - name: by keys, and one question skipped
    now: 2026-11-21T09:00
    variables: {visits: "1"}
    caller: [{in: hello, key: "1"}, {in: number, key: "0815#"}, {in: guests, key: "4#"}, {in: day, key: "1201"}, {in: hour, key: "1430"}, {in: again, key: "11240900"}, {in: right, key: "1"}, {in: rate.wait, key: "5"}]
    expect: {end: completed, answers: {number: "0815", guests: "4", day: 2026-12-01, hour: "14:30", again: 2026-11-24T09:00, wait: "5"}}
  - name: a large party
    caller: [{in: hello, key: "1"}, {in: number, key: "081512"}, {in: guests, key: "12"}]
    expect: {end: completed, path: [hello, number, guests, large]}
  - name: what is out of bounds is asked again
    caller: [{in: hello, key: "1"}, {in: number, say: "one two"}, {in: number, say: "one two three"}, {in: number, key: "1234#"}, {in: guests, say: "thirteen"}, {in: guests, hang_up: true}]
    expect: {end: partially-completed, answers: {number: "1234"}}
  - name: gets a moment
    caller: [{in: hello, say: "yes"}, {in: number, say: "one moment please"}, {in: number, say: "4711"}, {in: guests, hang_up: true}]
    expect: {end: partially-completed, path: [hello, number, guests]}
  - name: opts out in the middle of a free answer
    now: 2026-11-21T09:00
    caller: [{in: hello, key: "1"}, {in: number, key: "4711#"}, {in: guests, key: "4#"}, {in: day, key: "1201"}, {in: hour, key: "1430"}, {in: again, key: "11240900"}, {in: right, key: "1"}, {in: rate.wait, key: "1"}, {in: rate.staff, key: "1"}, {in: why, say: "just stop calling me all the time"}]
    expect: {end: do-not-call}
  - name: a nine is a digit where digits are asked for, and star nine is the way out
    caller: [{in: hello, key: "1"}, {in: number, key: "*9"}]
    expect: {end: do-not-call}
  - name: in German
    language: de-DE
    now: 2026-11-21T09:00
    caller: [{in: hello, say: "ja"}, {in: number, say: "null acht fünfzehn null"}, {in: guests, say: "vier"}, {in: day, say: "am ersten Dezember"}, {in: hour, say: "halb vier"}, {in: again, say: "übermorgen um zehn Uhr"}, {in: right, say: "ja"}, {in: rate.wait, say: "drei"}, {in: rate.staff, say: "vier"}]
    expect: {end: completed, answers: {number: "08150", guests: "4", day: 2026-12-01, hour: "15:30", again: 2026-11-23T10:00, wait: "3", staff: "4"}}
  - name: in French
    language: fr-FR
    now: 2026-11-21T09:00
    caller: [{in: hello, say: "oui"}, {in: number, say: "douze trente-quatre"}, {in: guests, say: "deux"}, {in: day, say: "mardi prochain"}, {in: hour, say: "quinze heures"}, {in: again, say: "demain à midi"}, {in: right, say: "oui"}, {in: rate.wait, say: "trois"}, {in: rate.staff, say: "cinq"}]
    expect: {end: completed, answers: {number: "1234", guests: "2", day: 2026-11-24, hour: "15:00", again: 2026-11-22T12:00, wait: "3", staff: "5"}}
  - name: in Spanish
    language: es-US
    now: 2026-11-21T09:00
    caller: [{in: hello, say: "sí"}, {in: number, say: "uno dos tres cuatro"}, {in: guests, say: "cuatro"}, {in: day, say: "mañana"}, {in: hour, say: "a las tres y media de la tarde"}, {in: again, say: "el martes a las diez"}, {in: right, say: "sí"}, {in: rate.wait, say: "tres"}, {in: rate.staff, say: "cuatro"}]
    expect: {end: completed, answers: {number: "1234", guests: "4", day: 2026-11-22, hour: "15:30", again: 2026-11-24T10:00, wait: "3", staff: "4"}}
"##;

#[test]
fn a_script_with_all_of_them_passes_its_tests() {
    let checked = check("everything.yaml", SCRIPT.as_bytes());
    let plan = checked.plan.unwrap_or_else(|| panic!("{}", checked.report.render(SCRIPT)));
    for test in plan.tests() {
        assert_eq!(script_tests::run(&plan, test).failure, None, "{}", test.name);
        assert_eq!(rehearsal::run(&plan, test).failure, None, "{}, on the session", test.name);
    }
}

#[test]
fn what_was_learned_is_read_back_in_words() {
    let plan = check("everything.yaml", SCRIPT.as_bytes()).plan.expect("it checks");
    let now = jiff::civil::date(2026, 11, 21).at(9, 0, 0, 0);
    let binding = plan.bind("en-US", &plan.examples()).expect("the examples are right");
    let mut dialog = voxgate_core::dialog::Dialog::new(plan, binding, now);
    let mut said = Vec::new();
    let mut step = |event| {
        dialog.handle_event(event);
        while let Some(action) = dialog.poll_action() {
            if let voxgate_core::dialog::Action::Turn { say: Some(say), .. } = action {
                said.extend(say.prompts.iter().map(|p| p.text.clone()));
            }
        }
    };
    use voxgate_core::dialog::Event;
    step(Event::AnsweredBy(voxgate_core::model::AnsweredBy::Human));
    for text in ["yes", "4711", "four", "tuesday", "half past two", "tomorrow at ten"] {
        step(Event::Heard { text: text.to_owned() });
    }
    assert_eq!(said[2], "Number 4 7 1 1. How many?");
    assert_eq!(said[6], "Tuesday, November twenty-fourth at 2:30 PM, and Sunday, November twenty-second at 10 AM?");
}
