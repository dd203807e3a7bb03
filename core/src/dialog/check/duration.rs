//! How long a call may take at worst, as far as the script decides it.
//!
//! Every state costs what it says, as often as it may say it, and the silences in between. What callers ask for
//! themselves, to hear it again or to have a moment, is theirs and not counted. Circles are gone round as often as their
//! counters allow. `limits.call` ends a call that takes longer; a script that could need it would be cut off.

use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::NodeIndex;

use super::loops::{Graph, graph, is_circle};
use super::speech::seconds;
use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Dialplan, Ix, PromptIx, Question, State, StateIx, Step};
use crate::dialog::schema::Script;
use crate::model::AnsweredBy;

/// An answer, with the time it takes to be sure that it is over, in seconds.
const ANSWER: f64 = 4.0;

pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    let worst = by_ways(plan).min(by_turns(plan));
    let allowed = plan.limits.call.0 as f64 / 1e6;
    if worst > allowed {
        let message = format!("the longest way takes about {}, a call {}", minutes(worst), minutes(allowed));
        let help = format!(
            "allow it, as in `limits: {{call: {}m}}`, or say less, or ask less often",
            (worst / 60.0).ceil().max(1.0)
        );
        findings.add(Code::TooLong, script.limits_at, message, help);
    }
}

fn minutes(seconds: f64) -> String {
    format!("{} min {:02} s", (seconds / 60.0).floor(), (seconds % 60.0).floor())
}

/// Seconds from the answer to the end, where a dialog listens as often as `limits.turns` lets it.
fn by_turns(plan: &Dialplan) -> f64 {
    let turns = f64::from(plan.limits.turns);
    let silent = graph(plan, |state| plan.state(state).question().is_none());
    let questions = plan.states.iter().filter_map(|state| Some((state, state.question()?)));
    let listens = questions.map(|(state, question)| one_turn(plan, state, question)).fold(0.0, f64::max);
    turns * listens + (turns + 1.0) * longest(plan, &silent)
}

fn one_turn(plan: &Dialplan, state: &State, question: &Question) -> f64 {
    let said = |language| {
        let say = |prompts: &[PromptIx]| prompts.iter().map(|p| seconds(plan, *p, language)).sum::<f64>();
        [&state.say, &question.reprompt, &question.by_keys].map(|prompts| say(prompts)).into_iter().fold(0.0, f64::max)
    };
    let longest = (0..plan.languages.len()).map(said).fold(0.0, f64::max);
    longest + ANSWER.max(question.silence.0 as f64 / 1e6)
}

/// Seconds from the answer to the end, by the longest way.
fn by_ways(plan: &Dialplan) -> f64 {
    let graph = graph(plan, |_| true);
    let mut of_state = vec![0.0; plan.states.len()];
    // Successors come first.
    for component in kosaraju_scc(&graph) {
        let within = component_cost(plan, &graph, &component);
        let after = component.iter().flat_map(|node| graph.neighbors(*node)).filter(|to| !component.contains(to));
        let after = after.map(|to| of_state[graph[to].index()]).fold(0.0, f64::max);
        component.iter().for_each(|node| of_state[graph[*node].index()] = within + after);
    }
    let from = |who: &[AnsweredBy]| who.iter().map(|w| of_state[plan.start(*w).index()]).fold(0.0, f64::max);
    // It may turn out late that nobody listens.
    let late = from(&[AnsweredBy::Machine, AnsweredBy::Fax]);
    from(&[AnsweredBy::Human, AnsweredBy::Unknown, AnsweredBy::Screening]) + late
}

/// A circle is passed once more than its counted states may be entered; what lies between them has no circle in it.
fn component_cost(plan: &Dialplan, graph: &Graph, component: &[NodeIndex]) -> f64 {
    let states = || component.iter().map(|node| graph[*node]);
    if !is_circle(graph, component) {
        return states().map(|state| cost(plan, plan.state(state))).sum();
    }
    let counted = |state: StateIx| plan.state(state).visits.map(|bound| f64::from(bound.tries));
    let rounds: f64 = states().filter_map(counted).sum();
    let in_counted: f64 = states().filter_map(|s| Some(counted(s)? * cost(plan, plan.state(s)))).sum();
    let within: std::collections::HashSet<StateIx> = states().filter(|s| counted(*s).is_none()).collect();
    in_counted + (rounds + 1.0) * longest(plan, &super::loops::graph(plan, |state| within.contains(&state)))
}

/// The longest way through states without a circle.
fn longest(plan: &Dialplan, graph: &Graph) -> f64 {
    let Ok(order) = toposort(graph, None) else { return 0.0 };
    let mut from = vec![0.0; graph.node_count()];
    for node in order.into_iter().rev() {
        let after = graph.neighbors(node).map(|to| from[to.index()]).fold(0.0, f64::max);
        from[node.index()] = after + cost(plan, plan.state(graph[node]));
    }
    from.into_iter().fold(0.0, f64::max)
}

/// One stay in a state, in seconds, in the slowest language.
fn cost(plan: &Dialplan, state: &State) -> f64 {
    let languages = 0..plan.languages.len();
    languages.map(|language| cost_in(plan, state, language)).fold(0.0, f64::max)
}

fn cost_in(plan: &Dialplan, state: &State, language: usize) -> f64 {
    let say = |prompts: &[PromptIx]| prompts.iter().map(|p| seconds(plan, *p, language)).sum::<f64>();
    match (&state.step, state.must_hear) {
        (Step::Ask(question), _) => {
            let again = say(&question.reprompt).max(say(&question.by_keys));
            asking(question, say(&state.say), if again > 0.0 { again } else { say(&state.say) })
        }
        (Step::Go(_), Some(bound)) => f64::from(bound.tries) * say(&state.say),
        (Step::Go(_) | Step::End(_), _) => say(&state.say),
    }
}

/// Silence and misunderstandings are counted apart, and the last of either leads on.
fn asking(question: &Question, first: f64, again: f64) -> f64 {
    let silence = question.silence.0 as f64 / 1e6;
    let (silences, misses) = (f64::from(question.no_input.tries), f64::from(question.no_match.tries));
    let asked_again = (silences - 1.0) + (misses - 1.0);
    first + asked_again * again + silences * silence + misses * ANSWER
}
