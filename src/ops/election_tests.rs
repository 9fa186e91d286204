use super::*;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn record(holder: &str, renewed: &str) -> LeaseRecord {
    LeaseRecord {
        holder: holder.into(),
        duration: ms(8000),
        renewed: renewed.into(),
        ..LeaseRecord::default()
    }
}

fn found(holder: &str, renewed: &str) -> Answer {
    Answer::Found(record(holder, renewed), format!("{holder}-{renewed}"))
}

fn written(renewed: &str) -> Answer {
    Answer::Written(record("me", renewed), format!("me-{renewed}"))
}

fn write(version: Option<&str>, transitions: i64, acquired: Option<&str>) -> Action {
    Action::Write(LeaseWrite {
        version: version.map(str::to_owned),
        transitions,
        acquired: acquired.map(str::to_owned),
    })
}

/// Runs steps: at this time this action is expected; it is answered so, 10 ms later.
fn run(state: &mut LeaseState, steps: &[(u64, Action, Option<Answer>)]) {
    for (at, expected, answer) in steps {
        assert_eq!(&state.action(ms(*at)), expected, "at {at} ms");
        if let Some(answer) = answer {
            state.answered(ms(*at), ms(*at + 10), answer.clone());
        }
    }
}

fn candidate() -> LeaseState {
    LeaseState::new("me".into(), LeaseTiming::default())
}

/// A leader whose Lease was created at 10 ms.
fn leader() -> LeaseState {
    let mut state = candidate();
    run(
        &mut state,
        &[(0, Action::Read, Some(Answer::Absent)), (10, write(None, 0, None), Some(written("a")))],
    );
    state
}

#[test]
fn an_absent_lease_is_created_and_renewed_every_two_seconds() {
    let mut state = leader();
    assert_eq!((state.leads_until(ms(20)), state.expires()), (Some(ms(6010)), Some(ms(8010))));
    run(
        &mut state,
        &[
            (20, Action::Wait(ms(2010)), None),
            (2010, write(Some("me-a"), 0, Some("")), Some(written("b"))),
            (2020, Action::Wait(ms(4010)), None),
        ],
    );
    assert_eq!((state.leads_until(ms(2020)), state.expires()), (Some(ms(8010)), Some(ms(10010))));
}

#[test]
fn expiry_counts_from_when_the_record_last_changed_here() {
    let mut state = candidate();
    run(
        &mut state,
        &[
            (0, Action::Read, Some(found("other", "a"))),
            (10, Action::Wait(ms(1000)), None),
            (2000, Action::Read, Some(found("other", "b"))),
            (4000, Action::Read, Some(found("other", "b"))),
            (6000, Action::Read, Some(found("other", "b"))),
            (8020, Action::Read, Some(found("other", "b"))),
            (9100, Action::Read, Some(found("other", "b"))),
            // Seen to change at 2010: tried at 10010, not at the next look at 10100.
            (9110, Action::Wait(ms(10010)), None),
            (10010, write(Some("other-b"), 1, None), Some(written("c"))),
        ],
    );
    assert!(state.leads_until(ms(10030)).is_some());
}

#[test]
fn a_record_that_is_renewed_is_never_tried() {
    let mut state = candidate();
    for round in 0..20_u64 {
        run(&mut state, &[(round * 2000, Action::Read, Some(found("other", &round.to_string())))]);
    }
    assert_eq!(state.leads_until(ms(40_000)), None);
}

#[test]
fn a_released_lease_is_taken_at_the_next_look_half_as_late_as_a_renewal() {
    let mut state = candidate();
    run(
        &mut state,
        &[
            (0, Action::Read, Some(found("other", "a"))),
            (10, Action::Wait(ms(1000)), None),
            (1000, Action::Read, Some(found("", "b"))),
            (1010, write(Some("-b"), 1, None), Some(written("c"))),
        ],
    );
    assert!(state.leads_until(ms(1020)).is_some());
}

#[test]
fn a_record_without_a_duration_holds_as_long_as_ours_would() {
    let mut state = candidate();
    let endless = LeaseRecord { duration: Duration::ZERO, ..record("other", "a") };
    run(&mut state, &[(0, Action::Read, Some(Answer::Found(endless, "1".into())))]);
    assert_eq!(state.action(ms(10)), Action::Wait(ms(1000)));
    assert_eq!(state.action(ms(8000)), Action::Read);
    assert!(matches!(state.action(ms(8010)), Action::Write(_)));
}

#[test]
fn a_candidate_that_loses_the_race_looks_again_and_waits_a_full_duration() {
    let mut state = candidate();
    run(
        &mut state,
        &[
            (0, Action::Read, Some(found("", "a"))),
            (10, write(Some("-a"), 1, None), Some(Answer::Conflict)),
            (20, Action::Read, Some(found("other", "b"))),
            (30, Action::Wait(ms(1020)), None),
        ],
    );
    assert_eq!(state.leads_until(ms(30)), None);
}

#[test]
fn a_leader_that_cannot_renew_stops_at_its_deadline_and_stands_again() {
    let mut state = leader();
    run(
        &mut state,
        &[
            (2010, write(Some("me-a"), 0, Some("")), Some(Answer::Failed)),
            (4010, Action::Read, Some(Answer::Failed)),
            (4020, Action::Wait(ms(6010)), None),
        ],
    );
    assert_eq!(state.leads_until(ms(6009)), Some(ms(6010)));
    assert_eq!(state.leads_until(ms(6010)), None);
    // The record still names this replica, perhaps in a version that it never learned of: no wait for expiry.
    run(
        &mut state,
        &[
            (6010, Action::Read, Some(found("me", "x"))),
            (6020, write(Some("me-x"), 0, Some("")), Some(written("y"))),
        ],
    );
    assert!(state.leads_until(ms(6030)).is_some());
}

#[test]
fn a_leader_that_another_replaced_stops_at_once() {
    let mut state = leader();
    run(
        &mut state,
        &[
            (2010, write(Some("me-a"), 0, Some("")), Some(Answer::Conflict)),
            (2020, Action::Read, Some(found("other", "b"))),
        ],
    );
    assert_eq!((state.leads_until(ms(2030)), state.expires()), (None, None));
}

#[test]
fn a_foreign_touch_of_the_lease_costs_a_leader_nothing() {
    let mut state = leader();
    run(
        &mut state,
        &[
            (2010, write(Some("me-a"), 0, Some("")), Some(Answer::Conflict)),
            (2020, Action::Read, Some(found("me", "a"))),
            (2030, write(Some("me-a"), 0, Some("")), Some(written("b"))),
        ],
    );
    assert_eq!(state.expires(), Some(ms(10030)));
}

#[test]
fn a_deleted_lease_is_created_again() {
    let mut state = leader();
    run(
        &mut state,
        &[
            (2010, write(Some("me-a"), 0, Some("")), Some(Answer::Conflict)),
            (2020, Action::Read, Some(Answer::Absent)),
            (2030, write(None, 0, None), Some(written("b"))),
        ],
    );
    assert!(state.leads_until(ms(2040)).is_some());
}

#[test]
fn failed_looks_are_repeated_every_two_seconds_even_past_an_expiry() {
    let mut state = candidate();
    run(
        &mut state,
        &[
            (0, Action::Read, Some(found("other", "a"))),
            (8010, write(Some("other-a"), 1, None), Some(Answer::Failed)),
            (8020, Action::Wait(ms(10010)), None),
            (10010, Action::Read, Some(Answer::Failed)),
            (10020, Action::Wait(ms(12010)), None),
        ],
    );
}

#[test]
fn only_a_leader_hands_the_lease_back() {
    assert_eq!(candidate().release(ms(0)), None);
    let state = leader();
    assert_eq!(state.release(ms(100)).unwrap().version.as_deref(), Some("me-a"));
    assert_eq!(state.release(ms(6010)), None);
}

#[test]
fn two_replicas_never_lead_at_once_whatever_gets_lost() {
    // One server, two replicas, each call of which is lost before or after it is carried out, by a fixed pattern.
    let mut server: Option<(LeaseRecord, u64)> = None;
    let mut replicas = ["a", "b"].map(|name| (name, LeaseState::new(name.into(), LeaseTiming::default())));
    let (mut chance, mut led, mut expires) = (7_u64, [false; 2], [Duration::ZERO; 2]);
    for at in (0..600_000).step_by(50) {
        let now = ms(at);
        for (number, (name, state)) in replicas.iter_mut().enumerate() {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let lost = (chance >> 33) % 4;
            let outage = (at / 15_000 + number as u64).is_multiple_of(3);
            let answer = match state.action(now) {
                Action::Wait(_) => continue,
                _ if outage && lost != 1 => Answer::Failed,
                Action::Read => server
                    .clone()
                    .map_or(Answer::Absent, |(record, version)| Answer::Found(record, version.to_string())),
                Action::Write(write) => {
                    let version = server.as_ref().map(|(_, version)| version.to_string());
                    if version == write.version {
                        let next = server.as_ref().map_or(1, |(_, version)| version + 1);
                        let record =
                            LeaseRecord { transitions: write.transitions, ..record(name, &at.to_string()) };
                        server = Some((record.clone(), next));
                        if outage { Answer::Failed } else { Answer::Written(record, next.to_string()) }
                    } else {
                        Answer::Conflict
                    }
                }
            };
            state.answered(now, now + ms(20), answer);
            led[number] |= state.leads_until(now + ms(20)).is_some();
        }
        let leaders = replicas.iter().filter(|(_, state)| state.leads_until(now).is_some()).count();
        assert!(leaders <= 1, "at {at} ms");
        // Nor does one that stopped still have writes under way when another leads.
        for (number, (_, state)) in replicas.iter().enumerate() {
            expires[number] = state.expires().unwrap_or_default().max(expires[number]);
            assert!(state.leads_until(now).is_none() || expires[1 - number] <= now, "at {at} ms");
        }
    }
    assert_eq!(led, [true, true]);
}
