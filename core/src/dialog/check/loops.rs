//! Circles: every one of them is bounded by a counter that its author can see.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Dialplan, Ix, StateIx, Step};
use crate::dialog::schema::Script;

/// States and where they lead, with what is heard anywhere and late verdicts.
pub(super) type Graph = DiGraph<StateIx, ()>;

/// The graph of these states.
pub(super) fn graph(plan: &Dialplan, with: impl Fn(StateIx) -> bool) -> Graph {
    let mut graph = Graph::with_capacity(plan.states.len(), plan.states.len() * 4);
    let all: Vec<Option<NodeIndex>> =
        (0..plan.states.len()).map(StateIx::new).map(|state| with(state).then(|| graph.add_node(state))).collect();
    for (i, state) in plan.states.iter().enumerate() {
        let anywhere = plan.anywhere.iter().map(|a| a.next).filter(|_| state.ending().is_none());
        for to in state.edges().into_iter().chain(anywhere) {
            if let (Some(from), Some(to)) = (all[i], all[to.index()]) {
                graph.update_edge(from, to, ());
            }
        }
    }
    graph
}

/// Whether the states of a strongly connected component come back to themselves.
pub(super) fn is_circle(graph: &Graph, component: &[NodeIndex]) -> bool {
    match component {
        [only] => graph.contains_edge(*only, *only),
        _ => true,
    }
}

/// Tells of circles without a counter; whether there is none.
pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) -> bool {
    let graph = graph(plan, |state| plan.state(state).visits.is_none());
    let mut bounded = true;
    for component in kosaraju_scc(&graph).into_iter().filter(|component| is_circle(&graph, component)) {
        bounded = false;
        let states = component.iter().map(|node| graph[*node]);
        // A circle in which nobody listens is told as such.
        let Some(first) = states.filter(|s| !matches!(plan.state(*s).step, Step::Go(_))).min() else { continue };
        let name = &script.states[first.index()].name;
        let message = format!("a circle leads back to `{}`, and nothing bounds it", name.text);
        let help = "bound a state of the circle, as in `visits: {most: 3, next: to_person}`";
        findings.add(Code::UnboundedLoop, name.at, message, help);
    }
    bounded
}
