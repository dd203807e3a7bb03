//! What a scrape shows of what happened.

use std::sync::atomic::Ordering;

use super::*;

fn value(metrics: &Metrics, series: &str) -> f64 {
    let text = metrics.render().unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{text}")).parse().unwrap()
}

/// Rows 000-56..60: exact names, and every event in its series.
#[test]
fn what_happens_is_counted_under_the_names_that_are_promised() {
    let metrics = Metrics::new();
    let quick = Duration::from_millis(20);
    metrics.request("line", Operation::Dial, Answer::Accepted, quick);
    metrics.request("line", Operation::Dial, Answer::RateLimited, quick);
    metrics.request("line", Operation::Status, Answer::Lost, Duration::from_secs(15));
    metrics.attempt_ended(Disposition::Failed, Some(FailureCode::InvalidNumber));
    metrics.attempt_ended(Disposition::Completed, None);
    metrics.manual_task(TaskReason::InvalidNumber);
    [10, 10, 5].into_iter().for_each(|calls| metrics.scheduler_cycle(calls));
    metrics.polled(Duration::from_secs(7));
    metrics.store_write(Duration::from_millis(3));
    metrics.slots("deployment", 3, 100);
    metrics.queue(Queue::DueCalls, 25);
    metrics.slow_setup();
    for (series, expected) in [
        ("initiate_call_total{result=\"accepted\"}", 1.0),
        ("initiate_call_total{result=\"rate_limited\"}", 1.0),
        ("initiate_call_total{result=\"refused\"}", 0.0),
        ("provider_requests_total{provider=\"line\",operation=\"status\",answer=\"lost\"}", 1.0),
        ("provider_request_seconds_sum{operation=\"dial\"}", 0.04),
        ("attempts_ended_total{disposition=\"completed\"}", 1.0),
        ("attempt_failures_total{failure_code=\"invalid_number\"}", 1.0),
        ("attempt_failures_total{failure_code=\"network\"}", 0.0),
        ("manual_tasks_created_total{reason=\"invalid_number\"}", 1.0),
        ("scheduler_cycle_leads_count", 3.0),
        ("scheduler_cycle_leads_sum", 25.0),
        ("scheduler_cycle_leads_bucket{le=\"5.0\"}", 1.0),
        ("call_polling_duration_seconds_sum", 7.0),
        ("store_write_seconds_count", 1.0),
        ("slots_in_use{limit=\"deployment\"}", 3.0),
        ("slots_limit{limit=\"deployment\"}", 100.0),
        ("queue_depth{queue=\"due_calls\"}", 25.0),
        ("call_setup_slow_total", 1.0),
    ] {
        assert!((value(&metrics, series) - expected).abs() < 1e-9, "{series}");
    }
}

/// Row 002-31. Sessions, lateness, run-dry and drops are read where the media plane counts them.
#[test]
fn the_media_plane_is_read_when_somebody_asks() {
    let metrics = Metrics::new();
    let meters = Arc::new(Meters::default());
    metrics.watch_media(Arc::clone(&meters));
    metrics.watch_drops(Queue::Journal, || 7);
    metrics.watch_drops(Queue::Recordings, || 2);
    meters.live.store(4, Ordering::Relaxed);
    meters.setup.add(250_000);
    meters.run_dry.store(1, Ordering::Relaxed);
    for late in [50, 700, 1_500, 50_000, 3_000_000] {
        meters.late.add(late);
    }
    for (series, expected) in [
        ("sessions_live", 4.0),
        ("call_setup_seconds_bucket{le=\"0.2\"}", 0.0),
        ("call_setup_seconds_bucket{le=\"0.3\"}", 1.0),
        ("media_run_dry_total", 1.0),
        ("media_late_seconds_bucket{le=\"0.0001\"}", 1.0),
        ("media_late_seconds_bucket{le=\"0.002\"}", 3.0),
        ("media_late_seconds_bucket{le=\"0.036\"}", 3.0),
        ("media_late_seconds_bucket{le=\"0.1\"}", 4.0),
        ("media_late_seconds_bucket{le=\"+Inf\"}", 5.0),
        ("media_late_seconds_count", 5.0),
        ("media_late_seconds_sum", 3.052_25),
        ("queue_dropped_total{queue=\"journal\"}", 7.0),
        ("queue_dropped_total{queue=\"recordings\"}", 2.0),
    ] {
        assert!((value(&metrics, series) - expected).abs() < 1e-9, "{series}");
    }
}

/// What could not be read is not shown as it once was.
#[test]
fn an_old_depth_is_not_told_for_a_new_one() {
    let metrics = Metrics::new();
    metrics.slots("line", 3, 10);
    metrics.queue(Queue::Spool, 2);
    metrics.forget_depths();
    let text = metrics.render().unwrap();
    assert!(!text.contains("slots_in_use{") && !text.contains("queue_depth{"), "{text}");
    assert!((value(&metrics, "slots_limit{limit=\"line\"}") - 10.0).abs() < 1e-9, "it is in the config");
}

/// Every metric says what it is, once, and the text ends as scrapers want it to.
#[test]
fn the_text_is_whole() {
    let metrics = Metrics::new();
    metrics.watch_media(Arc::default());
    let text = metrics.render().unwrap();
    assert!(text.ends_with("# EOF\n"));
    let described: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# HELP ")).collect();
    assert!(described.iter().all(|line| line.split(' ').count() > 3), "{described:?}");
    let names: std::collections::BTreeSet<_> = described.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names.len(), described.len(), "{described:?}");
    assert!(names.contains("initiate_call") && names.contains("sessions_live"), "{names:?}");
}
