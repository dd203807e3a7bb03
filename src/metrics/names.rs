//! Every metric's name, and what it counts. Counters end in `_total`, spans in `_seconds`: both are appended.

/// A name and its sentence.
pub type Name = (&'static str, &'static str);

/// Row 000-57: `initiate_call_total{result}`.
pub const INITIATE_CALL: Name = ("initiate_call", "Requests to dial, by what came of them");
/// `provider_requests_total{provider,operation,answer}`.
pub const PROVIDER_REQUESTS: Name = ("provider_requests", "Requests to providers, by what came of them");
/// `provider_request_seconds{operation}`.
pub const PROVIDER_REQUEST: Name = ("provider_request", "From a request to a provider to its answer");
/// `attempts_ended_total{disposition}`.
pub const ATTEMPTS_ENDED: Name = ("attempts_ended", "Attempts that have their outcome");
/// Row 000-59: `attempt_failures_total{failure_code}`.
pub const ATTEMPT_FAILURES: Name = ("attempt_failures", "Attempts that failed, by their failure code");
/// Row 000-60: `manual_tasks_created_total{reason}`.
pub const MANUAL_TASKS: Name = ("manual_tasks_created", "Tasks left for people, by their reason");
/// Row 000-56: `scheduler_cycle_leads`.
pub const SCHEDULER_CYCLE: Name = ("scheduler_cycle_leads", "Calls that one look of the scheduler picked up");
/// Row 000-58: `call_polling_duration_seconds`.
pub const CALL_POLLING: Name =
    ("call_polling_duration", "How long a call was asked about until its media or its end made that needless");
/// Row 002-31: `call_setup_seconds`.
pub const CALL_SETUP: Name = ("call_setup", "From the provider's token to media, the ringing aside");
/// Row 002-31: `call_setup_slow_total`.
pub const CALL_SETUP_SLOW: Name = ("call_setup_slow", "Calls whose setup took longer than alerts.call_setup");
/// `store_write_seconds`.
pub const STORE_WRITE: Name = ("store_write", "From a write's submission to the answer that it is durable");
/// `slots_in_use{limit}`.
pub const SLOTS_IN_USE: Name = ("slots_in_use", "Slots taken: live sessions and attempts in flight");
/// `slots_limit{limit}`.
pub const SLOTS_LIMIT: Name = ("slots_limit", "Slots that there are");
/// `queue_depth{queue}`.
pub const QUEUE_DEPTH: Name = ("queue_depth", "How many wait in a queue");
/// `queue_dropped_total{queue}`.
pub const QUEUE_DROPPED: Name = ("queue_dropped", "What found a queue full and was dropped");
/// `sessions_live`.
pub const SESSIONS_LIVE: Name = ("sessions_live", "Media sessions that are live");
/// `sessions_ended_total`.
pub const SESSIONS_ENDED: Name = ("sessions_ended", "Media sessions that have ended");
/// `media_sent_total`.
pub const MEDIA_SENT: Name = ("media_sent", "Messages of audio sent");
/// `media_received_total`.
pub const MEDIA_RECEIVED: Name = ("media_received", "Messages of audio received");
/// `media_dropped_total`.
pub const MEDIA_DROPPED: Name = ("media_dropped", "Messages of audio dropped because the far side took no more");
/// `media_run_dry_total`.
pub const MEDIA_RUN_DRY: Name = ("media_run_dry", "Messages so late that the far side had nothing left to play");
/// `media_refused_total`.
pub const MEDIA_REFUSED: Name = ("media_refused", "Media connections that were turned away");
/// `media_late_seconds`.
pub const MEDIA_LATE: Name = ("media_late", "Each message of audio against its own deadline");
/// `first_audio_seconds`.
pub const FIRST_AUDIO: Name = ("first_audio", "From the media's start to the first audio sent");
