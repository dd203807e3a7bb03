//! The world of a simulated campaign: what happens next, and what follows from it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use voxgate_core::calls::{
    Aftermath, CallContext, CallPolicy, CallState, IllegalMove, Pace, Question, RedialCounts, Rules, TaskReason,
    Verdict, after, decide, put_back, transition,
};
use voxgate_core::dialog::Kind;
use voxgate_core::model::{Disposition, Outcome, PhoneNumber};
use voxgate_core::time::Micros;

use super::{Contact, Odds, Summary};

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Who is called.
    pub contacts: Vec<Contact>,
    /// What the script is for.
    pub kind: Kind,
    /// How calls go on.
    pub policy: CallPolicy,
    /// What the gate allows.
    pub rules: Rules,
    /// Slots.
    pub sessions: u32,
    /// Dials a second that the provider takes.
    pub calls_per_second: f64,
    /// How long it rings where nobody answers, in ms.
    pub ring_ms: u64,
    /// How people act.
    pub odds: Odds,
    /// When it begins, in ms since 1970.
    pub start_ms: u64,
    /// Of all that is drawn.
    pub seed: u64,
}

/// Runs a campaign to its end.
///
/// # Errors
/// A call was moved as the model does not allow: a defect of the policy.
pub fn run(campaign: &Campaign) -> Result<Summary, IllegalMove<CallState>> {
    let mut world = World::new(campaign);
    while let Some(Reverse((at, _, event))) = world.agenda.pop() {
        world.now_ms = at;
        match event {
            Event::Due(call) => world.on_due(call)?,
            Event::Turn(call) => world.on_turn(call)?,
            Event::Over(call) => world.on_over(call)?,
        }
    }
    Ok(world.summary)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The call may be picked up.
    Due(usize),
    /// It has a slot; the provider may take a dial.
    Turn(usize),
    /// Its attempt is over.
    Over(usize),
}

struct World<'c> {
    campaign: &'c Campaign,
    now_ms: u64,
    /// By time, then in the order of their making.
    agenda: BinaryHeap<Reverse<(u64, u64, Event)>>,
    events: u64,
    calls: Vec<Call>,
    /// Due calls without a slot, first come, first served.
    waiting: VecDeque<usize>,
    /// Numbers with a live attempt, one at a time, and the calls that wait for its end.
    live: BTreeMap<&'c PhoneNumber, Vec<usize>>,
    dnc: BTreeSet<&'c PhoneNumber>,
    slots: u32,
    pace: Pace,
    summary: Summary,
}

struct Call {
    state: CallState,
    attempts_used: u32,
    dials: u32,
    redials: RedialCounts,
    deferrals: u32,
    outcome: Option<Outcome>,
}

impl<'c> World<'c> {
    fn new(campaign: &'c Campaign) -> Self {
        let call = || Call {
            state: CallState::Scheduled,
            attempts_used: 0,
            dials: 0,
            redials: RedialCounts::default(),
            deferrals: 0,
            outcome: None,
        };
        let mut world = Self {
            campaign,
            now_ms: campaign.start_ms,
            agenda: BinaryHeap::new(),
            events: 0,
            calls: campaign.contacts.iter().map(|_| call()).collect(),
            waiting: VecDeque::new(),
            live: BTreeMap::new(),
            dnc: BTreeSet::new(),
            slots: 0,
            pace: Pace::new(campaign.calls_per_second),
            summary: Summary::of(campaign.contacts.len()),
        };
        (0..campaign.contacts.len()).for_each(|call| world.plan(campaign.start_ms, Event::Due(call)));
        world
    }

    fn plan(&mut self, at_ms: u64, event: Event) {
        self.events += 1;
        self.agenda.push(Reverse((at_ms, self.events, event)));
    }

    fn on_due(&mut self, call: usize) -> Result<(), IllegalMove<CallState>> {
        if self.calls[call].state != CallState::Pending {
            self.move_to(call, CallState::Pending)?;
        }
        if let Some(parked) = self.live.get_mut(&self.campaign.contacts[call].number) {
            parked.push(call);
            return Ok(());
        }
        match self.verdict(call) {
            Verdict::Allow if self.slots < self.campaign.sessions => {
                self.slots += 1;
                self.summary.peak_slots = self.summary.peak_slots.max(self.slots);
                self.live.insert(&self.campaign.contacts[call].number, Vec::new());
                self.move_to(call, CallState::InProgress)?;
                self.plan(self.now_ms, Event::Turn(call));
                Ok(())
            }
            Verdict::Allow => {
                self.waiting.push_back(call);
                Ok(())
            }
            held @ (Verdict::Defer { .. } | Verdict::Suppress { .. } | Verdict::Expire) => {
                self.hold(call, held)?;
                self.wake();
                Ok(())
            }
        }
    }

    /// Right before the dial the gate is asked again.
    fn on_turn(&mut self, call: usize) -> Result<(), IllegalMove<CallState>> {
        let verdict = self.verdict(call);
        if verdict != Verdict::Allow {
            self.free(call);
            return self.hold(call, verdict);
        }
        match self.pace.take(Micros::from_ms(self.now_ms)) {
            Err(at) => self.plan(at.0.div_ceil(1_000), Event::Turn(call)),
            Ok(()) => self.dial(call),
        }
        Ok(())
    }

    fn dial(&mut self, call: usize) {
        let campaign = self.campaign;
        self.calls[call].dials += 1;
        self.summary.dialed(self.now_ms);
        // Each attempt has chance of its own: what others do changes nothing for this one.
        let own = (call as u64) << 16 | u64::from(self.calls[call].dials);
        let mut chance = SmallRng::seed_from_u64(campaign.seed ^ own.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let outcome = campaign.odds.draw(&mut chance, campaign.kind);
        let over_ms = self.now_ms + duration_ms(&outcome, campaign.ring_ms, &mut chance);
        self.calls[call].outcome = Some(outcome);
        self.plan(over_ms, Event::Over(call));
    }

    fn on_over(&mut self, call: usize) -> Result<(), IllegalMove<CallState>> {
        self.free(call);
        let Some(outcome) = self.calls[call].outcome.take() else { return Ok(()) };
        self.summary.attempt(&outcome);
        let aftermath = after(&outcome, &self.context(call), &self.campaign.policy);
        self.settle(call, &aftermath)
    }

    /// The gate does not let it pass.
    fn hold(&mut self, call: usize, verdict: Verdict) -> Result<(), IllegalMove<CallState>> {
        match verdict {
            Verdict::Allow => Ok(()),
            Verdict::Defer { cause, until_ms } => {
                self.summary.deferred(cause);
                let held = put_back(cause, Some(until_ms), &self.context(call), &self.campaign.policy);
                self.settle(call, &held.aftermath)
            }
            Verdict::Suppress { reason } => {
                self.summary.suppressed(reason);
                self.end(call, reason.call_state(), reason.task())
            }
            Verdict::Expire => self.end(call, CallState::Expired, None),
        }
    }

    fn settle(&mut self, call: usize, aftermath: &Aftermath) -> Result<(), IllegalMove<CallState>> {
        if aftermath.opt_out {
            self.dnc.insert(&self.campaign.contacts[call].number);
        }
        let known = &mut self.calls[call];
        known.attempts_used += u32::from(aftermath.counted);
        known.deferrals += u32::from(aftermath.deferral);
        if let Some(cause) = aftermath.redial {
            known.redials.add(cause);
        }
        let Some(due_ms) = aftermath.due_at_ms else {
            return self.end(call, aftermath.call, aftermath.task.map(|task| task.reason));
        };
        self.plan(due_ms, Event::Due(call));
        self.move_to(call, aftermath.call)
    }

    fn end(&mut self, call: usize, state: CallState, task: Option<TaskReason>) -> Result<(), IllegalMove<CallState>> {
        self.move_to(call, state)?;
        self.summary.ended(state, self.calls[call].dials, task, self.now_ms);
        Ok(())
    }

    fn move_to(&mut self, call: usize, state: CallState) -> Result<(), IllegalMove<CallState>> {
        transition(self.calls[call].state, state)?;
        self.calls[call].state = state;
        Ok(())
    }

    fn free(&mut self, call: usize) {
        self.slots -= 1;
        let parked = self.live.remove(&self.campaign.contacts[call].number);
        parked.into_iter().flatten().for_each(|parked| self.plan(self.now_ms, Event::Due(parked)));
        self.wake();
    }

    /// Whoever has waited longest for a slot is due.
    fn wake(&mut self) {
        if self.slots < self.campaign.sessions
            && let Some(next) = self.waiting.pop_front()
        {
            self.plan(self.now_ms, Event::Due(next));
        }
    }

    fn verdict(&self, call: usize) -> Verdict {
        let contact = &self.campaign.contacts[call];
        let question = Question {
            number: &contact.number,
            time_zone: contact.time_zone.as_deref(),
            now_ms: self.now_ms,
            not_before_ms: None,
            not_after_ms: None,
            attempts_used: self.calls[call].attempts_used,
            stop_dialing: false,
            on_dnc: self.dnc.contains(&contact.number),
            live: true,
            on_allow_list: false,
        };
        decide(&self.campaign.rules, &question).verdict
    }

    fn context(&self, call: usize) -> CallContext {
        let known = &self.calls[call];
        CallContext {
            kind: self.campaign.kind,
            attempts_used: known.attempts_used,
            redials: known.redials.clone(),
            deferrals: known.deferrals,
            not_after_ms: None,
            // Whoever asks for another time gets the same one tomorrow.
            rescheduled_to_ms: Some(self.now_ms + 86_400_000),
            provider_wait_ms: None,
            now_ms: self.now_ms,
        }
    }
}

/// How long an attempt holds its slot: ringing, and talk where there is some.
fn duration_ms(outcome: &Outcome, ring_ms: u64, chance: &mut SmallRng) -> u64 {
    let rings = chance.random_range(2_000..=ring_ms.max(3_000));
    match outcome.disposition {
        Disposition::NoAnswer => ring_ms,
        Disposition::Busy | Disposition::Canceled => 1_500,
        Disposition::Declined => rings.min(8_000),
        Disposition::Failed => rings / 2,
        Disposition::Voicemail => rings + chance.random_range(15_000..=40_000),
        Disposition::Completed
        | Disposition::Transferred
        | Disposition::DoNotCall
        | Disposition::Rescheduled
        | Disposition::PartiallyCompleted => rings + chance.random_range(20_000..=90_000),
    }
}
