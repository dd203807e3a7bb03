//! The work on manual tasks: assigned, taken, given back, resolved.

use voxgate_core::calls::{TaskState, TelecallerState};
use voxgate_core::model::Disposition;

use super::call_row::lock_call;
use super::cells::int;
use super::dnc::{self, BY_A_PERSON, NewDnc};
use super::revisions::{self, Revision};
use super::tasks::{lock_task, task_columns};
use super::telecallers::{loads, lock_telecaller};
use super::tx::{Tx, claim};
use super::{Load, Store, StoreError, TaskId, TaskRow, TelecallerId};

/// A telecaller wants to work.
#[derive(Clone, Debug)]
pub struct TakeTask {
    /// Who.
    pub telecaller: TelecallerId,
    /// This one; None is whatever comes first: what is assigned to them already, then what is open.
    pub task: Option<TaskId>,
    /// Of this queue alone.
    pub queue: Option<String>,
    /// Until when it is theirs, in ms since 1970.
    pub lease_until_ms: u64,
    /// Now, in ms since 1970.
    pub now_ms: u64,
}

/// What came of a task.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// In one word or a few.
    pub outcome: String,
    /// For whoever reads it later.
    pub note: Option<String>,
    /// What the attempt's disposition is to be from now on.
    pub disposition: Option<Disposition>,
    /// Who says so: an API key's name.
    pub actor: String,
    /// Now, in ms since 1970.
    pub now_ms: u64,
}

impl Store {
    /// A telecaller begins to work on a task. None where nothing waits.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `telecaller_away` where they are offline, `task_of_another` where somebody else has it;
    /// [`StoreError::Illegal`] where it is over.
    pub async fn take_task(&self, take: &TakeTask) -> Result<Option<TaskRow>, StoreError> {
        let take = take.clone();
        self.write(move |tx| Box::pin(take_task(tx, take))).await
    }

    /// A task is done. With a disposition, the attempt's is revised in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `task_of_another`; [`StoreError::Illegal`] where nobody works on it.
    pub async fn resolve_task(
        &self,
        id: &TaskId,
        telecaller: Option<&TelecallerId>,
        resolution: &Resolution,
    ) -> Result<TaskRow, StoreError> {
        let (id, telecaller, resolution) = (id.clone(), telecaller.cloned(), resolution.clone());
        self.write(move |tx| Box::pin(resolve(tx, id, telecaller, resolution))).await
    }

    /// A task becomes open again, not to be taken up before `call_back_at_ms` where that is given.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `task_of_another`; [`StoreError::Illegal`] where nobody has it.
    pub async fn give_back_task(
        &self,
        id: &TaskId,
        telecaller: Option<&TelecallerId>,
        call_back_at_ms: Option<u64>,
        actor: &str,
        now_ms: u64,
    ) -> Result<TaskRow, StoreError> {
        let (id, telecaller, actor) = (id.clone(), telecaller.cloned(), actor.to_owned());
        self.write(move |mut tx| {
            Box::pin(async move {
                let mut task = lock_task(&mut tx, &id).await?;
                own(&task, telecaller.as_ref())?;
                let reason = if call_back_at_ms.is_some() { "call back" } else { "given back" };
                task.enter(&mut tx, TaskState::Open, reason, &actor, now_ms).await?;
                task.call_back_at_ms = call_back_at_ms;
                task.store(&mut tx, now_ms).await?;
                Ok(task)
            })
        })
        .await
    }

    /// Assigns open tasks, the most urgent first. `choose` says to whom, from everybody's load; None: nobody can. Takes no
    /// lock where nothing waits or nobody is there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn assign_tasks<F>(
        &self,
        now_ms: u64,
        lease_until_ms: u64,
        most: u32,
        choose: F,
    ) -> Result<Vec<TaskRow>, StoreError>
    where
        F: Fn(&TaskRow, &[Load]) -> Option<TelecallerId> + Send + Sync + 'static,
    {
        let look = sqlx::query(
            "SELECT id FROM manual_tasks WHERE state = 'open' AND COALESCE(call_back_at, 0) <= $1
             AND EXISTS (SELECT 1 FROM telecallers WHERE state = 'available') LIMIT 1",
        );
        if self.read_first(look.bind(int(now_ms))).await?.is_none() {
            return Ok(Vec::new());
        }
        self.write(move |tx| Box::pin(assign(tx, now_ms, lease_until_ms, most, choose))).await
    }

    /// Opens tasks anew whose telecaller was silent for longer than the lease; how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn reopen_overdue_tasks(&self, now_ms: u64) -> Result<u32, StoreError> {
        self.write(move |mut tx| {
            Box::pin(async move {
                let text = claim!(tx, "SELECT ", task_columns!(), " FROM manual_tasks
                     WHERE state IN ('assigned', 'in_progress') AND lease_until <= $1"; "FOR NO KEY UPDATE SKIP LOCKED");
                let rows = tx.all(sqlx::query(text).bind(int(now_ms))).await?;
                for row in &rows {
                    reopen(&mut tx, TaskRow::read(row)?, "lease expired", now_ms).await?;
                }
                Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
            })
        })
        .await
    }
}

/// A task whose telecaller is gone.
pub(super) async fn reopen(tx: &mut Tx<'_>, mut task: TaskRow, reason: &str, now_ms: u64) -> Result<(), StoreError> {
    task.enter(tx, TaskState::Open, reason, "manual queue", now_ms).await?;
    task.store(tx, now_ms).await
}

async fn take_task(mut tx: Tx<'_>, take: TakeTask) -> Result<Option<TaskRow>, StoreError> {
    let tx = &mut tx;
    let telecaller = lock_telecaller(tx, &take.telecaller).await?;
    if telecaller.state == TelecallerState::Offline {
        let detail = format!("{} is offline: become available first", take.telecaller);
        return Err(StoreError::conflict("telecaller_away", detail));
    }
    let found = match &take.task {
        Some(id) => Some(lock_task(tx, id).await?),
        None => next_task(tx, &take).await?,
    };
    let Some(mut task) = found else { return Ok(None) };
    let actor = take.telecaller.as_str();
    if task.state == TaskState::Open {
        task.enter(tx, TaskState::Assigned, "taken", actor, take.now_ms).await?;
        task.telecaller = Some(take.telecaller.clone());
    }
    own(&task, Some(&take.telecaller))?;
    if task.state != TaskState::InProgress {
        task.enter(tx, TaskState::InProgress, "taken", actor, take.now_ms).await?;
    }
    task.lease_until_ms = Some(take.lease_until_ms);
    task.call_back_at_ms = None;
    task.store(tx, take.now_ms).await?;
    Ok(Some(task))
}

/// What is assigned to them already, else the first that is open and whose time has come.
async fn next_task(tx: &mut Tx<'_>, take: &TakeTask) -> Result<Option<TaskRow>, StoreError> {
    let own = claim!(tx, "SELECT ", task_columns!(), " FROM manual_tasks WHERE state = 'assigned' AND telecaller_id = $1
         AND COALESCE(queue, '') = COALESCE($2, queue, '') ORDER BY rank, id LIMIT 1"; "FOR NO KEY UPDATE SKIP LOCKED");
    let open = claim!(tx, "SELECT ", task_columns!(), " FROM manual_tasks WHERE state = 'open'
         AND COALESCE(call_back_at, 0) <= $1 AND COALESCE(queue, '') = COALESCE($2, queue, '')
         ORDER BY rank, id LIMIT 1"; "FOR NO KEY UPDATE SKIP LOCKED");
    let statement = sqlx::query(own).bind(take.telecaller.as_str()).bind(take.queue.as_deref());
    let row = match tx.first(statement).await? {
        Some(row) => Some(row),
        None => tx.first(sqlx::query(open).bind(int(take.now_ms)).bind(take.queue.as_deref())).await?,
    };
    row.map(|row| TaskRow::read(&row)).transpose()
}

async fn resolve(
    mut tx: Tx<'_>,
    id: TaskId,
    telecaller: Option<TelecallerId>,
    resolution: Resolution,
) -> Result<TaskRow, StoreError> {
    let tx = &mut tx;
    let mut task = lock_task(tx, &id).await?;
    own(&task, telecaller.as_ref())?;
    let now_ms = resolution.now_ms;
    task.enter(tx, TaskState::Resolved, &resolution.outcome, &resolution.actor, now_ms).await?;
    task.resolved_at_ms = Some(now_ms);
    task.outcome = Some(resolution.outcome.clone());
    task.note = resolution.note;
    task.store(tx, now_ms).await?;
    let Some(disposition) = resolution.disposition else { return Ok(task) };
    let (actor, reason) = (resolution.actor, format!("task resolved: {}", resolution.outcome));
    match &task.attempt {
        Some(attempt) => {
            let revision = Revision { disposition, dialog_result: None, actor, reason, at_ms: now_ms, flagged: false };
            revisions::revise(tx, attempt, &revision).await?;
        }
        // Nobody was dialed, so there is no disposition to revise; that nobody is to be dialed counts all the same.
        None if disposition == Disposition::DoNotCall => {
            let number = &lock_call(tx, &task.call).await?.order.to;
            let entry = NewDnc { number, reason: &reason, source: BY_A_PERSON, actor: &actor, attempt: None };
            dnc::add(tx, &entry, now_ms).await?;
        }
        None => {}
    }
    Ok(task)
}

async fn assign<F>(
    mut tx: Tx<'_>,
    now_ms: u64,
    lease_until_ms: u64,
    most: u32,
    choose: F,
) -> Result<Vec<TaskRow>, StoreError>
where
    F: Fn(&TaskRow, &[Load]) -> Option<TelecallerId> + Send + Sync,
{
    let tx = &mut tx;
    // People before tasks, as whoever takes a task or leaves does it: nobody goes away while they are given something.
    let text = claim!(tx, "SELECT id FROM telecallers WHERE state = 'available' ORDER BY id"; "FOR NO KEY UPDATE");
    tx.all(sqlx::query(text)).await?;
    let text = claim!(tx, "SELECT ", task_columns!(), " FROM manual_tasks WHERE state = 'open'
         AND COALESCE(call_back_at, 0) <= $1 ORDER BY rank, id LIMIT $2"; "FOR NO KEY UPDATE SKIP LOCKED");
    let rows = tx.all(sqlx::query(text).bind(int(now_ms)).bind(i64::from(most))).await?;
    let mut loads = loads(tx).await?;
    let mut assigned = Vec::new();
    for row in &rows {
        let mut task = TaskRow::read(row)?;
        let Some(chosen) = choose(&task, &loads) else { continue };
        if let Some(load) = loads.iter_mut().find(|load| load.telecaller.id == chosen) {
            load.tasks += 1;
        }
        task.enter(tx, TaskState::Assigned, "least open tasks", "manual queue", now_ms).await?;
        task.telecaller = Some(chosen);
        task.lease_until_ms = Some(lease_until_ms);
        task.store(tx, now_ms).await?;
        assigned.push(task);
    }
    Ok(assigned)
}

/// Nobody works on what somebody else has. Without a name, whoever asks may do it for anybody.
fn own(task: &TaskRow, telecaller: Option<&TelecallerId>) -> Result<(), StoreError> {
    match (telecaller, &task.telecaller) {
        (Some(asker), Some(owner)) if asker != owner => {
            Err(StoreError::conflict("task_of_another", format!("{} belongs to {owner}", task.id)))
        }
        _ => Ok(()),
    }
}
