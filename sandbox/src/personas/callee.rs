//! One callee on one call: a machine that hears prompts begin and end, and says what to do next.
//!
//! It knows only what a person on the line knows: that somebody speaks, that they have stopped, that the same words
//! came once more. Time is the caller's; the machine reads no clock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::persona::{Act, Doing, Persona, Step};

/// A callee who has answered.
#[derive(Debug)]
pub(crate) struct Callee {
    persona: Arc<Persona>,
    /// What is still to be done, in order; times count from the end of what comes before.
    pending: VecDeque<Act>,
    /// When the first of `pending` is due; `None` while nothing is pending or something is being said.
    due: Option<Duration>,
    /// A clip, a tone or keys are on the line.
    busy: bool,
    opening: Opening,
    /// When to hang up whatever happens.
    curfew: Option<Duration>,
    next_step: usize,
    /// The step whose question was answered last, and how often it was asked again.
    answered: Option<(usize, usize)>,
    afterwards: usize,
    /// Steps beyond this one are for later prompts; this one's `over` has been used on the prompt that is playing.
    spoke_over: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Running,
    /// Ended, and nobody has asked yet.
    Ended,
    Told,
}

impl Callee {
    /// The media is up: the opening begins.
    pub(crate) fn new(persona: Arc<Persona>, now: Duration) -> Self {
        let pending: VecDeque<Act> = persona.opening.iter().cloned().collect();
        let mut callee = Self {
            persona,
            pending,
            due: None,
            busy: false,
            opening: Opening::Running,
            curfew: None,
            next_step: 0,
            answered: None,
            afterwards: 0,
            spoke_over: false,
        };
        callee.settle(now);
        callee
    }

    /// Somebody has begun to speak on the other side.
    pub(crate) fn on_prompt_began(&mut self, now: Duration) {
        self.spoke_over = false;
        let Some(Step { over: Some(over), .. }) = self.persona.steps.get(self.next_step) else { return };
        let over = *over;
        self.spoke_over = true;
        self.take_step(now, over);
    }

    /// They have stopped; `asked_again` when it was the question that was answered last.
    pub(crate) fn on_prompt_ended(&mut self, now: Duration, asked_again: bool) {
        if std::mem::take(&mut self.spoke_over) {
            return;
        }
        if asked_again && self.answer_again(now) {
            return;
        }
        if self.next_step < self.persona.steps.len() {
            self.take_step(now, Duration::ZERO);
        } else if !self.persona.afterwards.is_empty() {
            let act = self.persona.afterwards[self.afterwards % self.persona.afterwards.len()].clone();
            self.afterwards += 1;
            self.react(now, vec![act]);
        }
    }

    /// What was being said, sounded or keyed is over.
    pub(crate) fn on_finished(&mut self, now: Duration) {
        self.busy = false;
        self.due = self.pending.front().map(|act| now + act.after);
        self.settle(now);
    }

    /// What to do now, if anything.
    pub(crate) fn poll(&mut self, now: Duration) -> Option<Doing> {
        if self.curfew.is_some_and(|curfew| now >= curfew) {
            self.curfew = None;
            return Some(Doing::HangUp);
        }
        if self.busy || self.due.is_none_or(|due| now < due) {
            return None;
        }
        let act = self.pending.pop_front()?;
        self.busy = matches!(act.doing, Doing::Say { .. } | Doing::Press(_) | Doing::Tone { .. });
        self.due = self.pending.front().filter(|_| !self.busy).map(|next| now + next.after);
        self.settle(now);
        Some(act.doing)
    }

    /// True once, after the opening has ended.
    pub(crate) fn take_opening_ended(&mut self) -> bool {
        let ended = self.opening == Opening::Ended;
        if ended {
            self.opening = Opening::Told;
        }
        ended
    }

    /// Sets what follows from an empty agenda: the first due time, and the end of the opening.
    fn settle(&mut self, now: Duration) {
        if self.due.is_none() && !self.busy {
            self.due = self.pending.front().map(|act| now + act.after);
        }
        if self.opening == Opening::Running && self.pending.is_empty() && !self.busy {
            self.opening = Opening::Ended;
            self.curfew = self.persona.hang_up_after.map(|after| now + after);
        }
    }

    fn take_step(&mut self, now: Duration, delay: Duration) {
        let step = self.next_step;
        self.next_step += 1;
        if self.persona.cycle && self.next_step == self.persona.steps.len() {
            self.next_step = 0;
        }
        self.answered = Some((step, 0));
        let mut acts = self.persona.steps[step].acts.clone();
        if let Some(first) = acts.first_mut() {
            first.after += delay;
        }
        self.react(now, acts);
    }

    /// Uses the answered step's next alternative; false where it has none.
    fn answer_again(&mut self, now: Duration) -> bool {
        let Some((step, times)) = self.answered else { return false };
        let again = &self.persona.steps[step].again;
        if again.is_empty() {
            return false;
        }
        let act = again[times % again.len()].clone();
        self.answered = Some((step, times + 1));
        self.react(now, vec![act]);
        true
    }

    /// A new reaction takes the place of what was still to be done, except of an opening, which it follows.
    fn react(&mut self, now: Duration, acts: Vec<Act>) {
        if self.opening != Opening::Running {
            self.pending.clear();
        }
        let idle = self.pending.is_empty() && !self.busy;
        self.pending.extend(acts);
        if idle {
            self.due = self.pending.front().map(|act| now + act.after);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::clips::Clips;
    use super::super::file::parse;
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn callee(text: &str) -> Callee {
        let clips = Clips::embedded().expect("the shipped clips open");
        let persona = parse("test.toml", &format!("about = \"x\"\n{text}"), &clips).expect("the persona is right");
        Callee::new(Arc::new(persona), ms(0))
    }

    fn keys(doing: Option<Doing>) -> Option<String> {
        match doing {
            Some(Doing::Press(keys)) => Some(keys),
            Some(Doing::HangUp) => Some("hang up".to_owned()),
            Some(_) => Some("other".to_owned()),
            None => None,
        }
    }

    #[test]
    fn reacts_to_each_prompt_in_order_and_not_before_its_time() {
        let mut callee = callee("step = [{ key = \"1\", after_ms = 300 }, { key = \"2\" }]");
        callee.on_prompt_began(ms(0));
        callee.on_prompt_ended(ms(1000), false);
        assert_eq!(keys(callee.poll(ms(1299))), None);
        assert_eq!(keys(callee.poll(ms(1300))).as_deref(), Some("1"));
        callee.on_finished(ms(1400));
        callee.on_prompt_began(ms(2000));
        callee.on_prompt_ended(ms(3000), false);
        assert_eq!(keys(callee.poll(ms(3500))).as_deref(), Some("2"));
    }

    #[test]
    fn asked_again_uses_the_alternatives_in_turn_and_stays_at_its_step() {
        let mut callee =
            callee("step = [{ key = \"1\", again = [{ key = \"4\" }, { key = \"5\" }] }, { key = \"2\" }]");
        let mut answers = Vec::new();
        for (n, again) in [false, true, true, true, false].into_iter().enumerate() {
            let now = ms(10_000 * (n as u64 + 1));
            callee.on_prompt_ended(now, again);
            answers.extend(keys(callee.poll(now + ms(500))));
            callee.on_finished(now + ms(600));
        }
        assert_eq!(answers, ["1", "4", "5", "4", "2"]);
    }

    #[test]
    fn prompts_beyond_the_steps_get_what_comes_afterwards() {
        let mut callee = callee("step = [{ key = \"1\" }]\nafterwards = [{ silent = true }, { hang_up = true }]");
        let mut answers = Vec::new();
        for n in 1..=3 {
            callee.on_prompt_ended(ms(10_000 * n), false);
            answers.extend(keys(callee.poll(ms(10_000 * n + 500))));
            callee.on_finished(ms(10_000 * n + 600));
        }
        assert_eq!(answers, ["1", "other", "hang up"]);
    }

    #[test]
    fn speaking_over_a_prompt_is_its_only_reaction() {
        let mut callee = callee("step = [{ over_ms = 700, key = \"1\" }, { key = \"2\" }]");
        callee.on_prompt_began(ms(1000));
        assert_eq!(keys(callee.poll(ms(1699))), None);
        assert_eq!(keys(callee.poll(ms(1700))).as_deref(), Some("1"));
        callee.on_finished(ms(1900));
        callee.on_prompt_ended(ms(2000), false);
        assert_eq!(keys(callee.poll(ms(9000))), None);
        callee.on_prompt_began(ms(9500));
        callee.on_prompt_ended(ms(9900), false);
        assert_eq!(keys(callee.poll(ms(10_400))).as_deref(), Some("2"));
    }

    #[test]
    fn a_machine_greets_beeps_and_hangs_up_when_its_tape_is_full() {
        let mut callee = callee(
            "opening = [{ after_ms = 100, say = \"slt/hello\" }, { after_ms = 200, tone = { hz = 1000, ms = 400 } }]\n\
             hang_up_after_ms = 5000",
        );
        assert!(matches!(callee.poll(ms(100)), Some(Doing::Say { .. })));
        callee.on_finished(ms(900));
        assert!(matches!(callee.poll(ms(1100)), Some(Doing::Tone { hz: 1000, .. })));
        assert!(!callee.take_opening_ended());
        callee.on_finished(ms(1500));
        assert!(callee.take_opening_ended() && !callee.take_opening_ended());
        assert_eq!(keys(callee.poll(ms(6499))), None);
        assert_eq!(keys(callee.poll(ms(6500))).as_deref(), Some("hang up"));
    }

    #[test]
    fn a_cycle_never_ends() {
        let mut callee = callee("cycle = true\nstep = [{ key = \"1\" }, { key = \"2\" }]");
        let mut answers = String::new();
        for n in 1..=5 {
            callee.on_prompt_ended(ms(10_000 * n), true);
            answers.extend(keys(callee.poll(ms(10_000 * n + 500))));
            callee.on_finished(ms(10_000 * n + 600));
        }
        assert_eq!(answers, "12121");
    }
}
