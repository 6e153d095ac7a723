import Analytics
import Calendars
import CoreMetrics
import Domain
import Ledger
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A recurring job` {
    @Test func `is done once for each time that it is due, whoever of three replicas comes first`() async throws {
        try await withLedger { ledger, pool in
            let clock = ManualClock()
            let job = CountingJob()
            let runners = (0..<3).map { number in
                let own = PostgresLedgerStore(pool: pool, logger: .quiet)
                return makeRunner(job, own, as: "replica-\(number)", by: clock)
            }
            for _ in 0..<6 {
                await withTaskGroup { group in
                    for runner in runners { group.addTask { for _ in 0..<3 { await runner.look() } } }
                }
                clock.advance(by: .seconds(300))
            }
            #expect(job.slots.count == 6)
            #expect(Set(job.slots).count == 6)
            #expect(job.previous == [nil] + job.slots.dropLast())
            let state = try #require(try await ledger.scheduledJobs().first)
            #expect(state.latest.name == "counting")
            #expect(state.latest.error == nil)
            #expect(state.lastSuccess != nil)
        }
    }

    @Test func `that a killed replica left is taken over from where it was, after its lease and not before`()
        async throws
    {
        try await withLedger { ledger, pool in
            let clock = ManualClock()
            let killed = CountingJob { run in
                try await run.note("3 of 5")
                try await clock.sleep(for: .seconds(100_000))
            }
            let first = makeRunner(killed, PostgresLedgerStore(pool: pool, logger: .quiet), as: "a", by: clock)
            let rest = CountingJob()
            let second = makeRunner(rest, ledger, as: "b", by: clock)
            // A task that is cancelled says nothing to the database, as a process that is killed.
            let life = Task { await first.look() }
            await clock.waitForSleepers(2)
            await second.look()
            #expect(rest.slots.isEmpty)
            life.cancel()
            await life.value
            clock.advance(by: .seconds(59))
            await second.look()
            #expect(rest.slots.isEmpty)
            clock.advance(by: .seconds(2))
            await second.look()
            #expect(rest.progress == ["3 of 5"])
            #expect(rest.slots == killed.slots)
            let state = try #require(try await ledger.scheduledJobs().first)
            #expect(state.latest.instance == "b")
            #expect(state.latest.attempts == 2)
            #expect(state.latest.finishedAt == clock.timestamp)
        }
    }

    @Test func `goes on beyond its lease while its replica gives signs of life`() async throws {
        try await withLedger { ledger, pool in
            let clock = ManualClock()
            let long = CountingJob { _ in try await clock.sleep(for: .seconds(200)) }
            let first = makeRunner(long, PostgresLedgerStore(pool: pool, logger: .quiet), as: "a", by: clock)
            let other = CountingJob()
            let second = makeRunner(other, ledger, as: "b", by: clock)
            async let life: Void = first.look()
            for _ in 0..<9 {
                await clock.waitForSleepers(2)
                clock.advance(by: .seconds(20))
                await clock.waitForSleepers(2)
                await second.look()
            }
            clock.advance(by: .seconds(20))
            await life
            await second.look()
            #expect(long.slots.count == 1)
            #expect(other.slots.isEmpty)
        }
    }

    @Test func `stops on a replica that hung so long that another took over`() async throws {
        try await withLedger { ledger, _ in
            let clock = ManualClock()
            let job = CountingJob { _ in try await clock.sleep(for: .seconds(100_000)) }
            let runner = makeRunner(job, ledger, as: "a", by: clock)
            async let life: Void = runner.look()
            await clock.waitForSleepers(2)
            let later = clock.timestamp.adding(.seconds(61))
            let claim = try await ledger.claimRun(
                of: "counting",
                at: job.schedule.slot(at: clock.timestamp),
                lease: LedgerLease(owner: "b", until: later.adding(.seconds(60))),
                now: later
            )
            guard case .granted(let run, _) = claim else {
                Issue.record("the run was not granted: \(claim)")
                return
            }
            clock.advance(by: .seconds(20))
            await life
            #expect(try await ledger.end(run, at: later))
        }
    }

    @Test func `that fails says why, is tried again after a while, and is replaced by the next one`() async throws {
        try await withLedger { ledger, _ in
            let clock = ManualClock()
            let job = CountingJob { _ in throw CountingJob.Failure() }
            let runner = makeRunner(job, ledger, as: "a", by: clock)
            clock.advance(by: .seconds(150))
            await runner.look()
            await runner.look()
            #expect(job.slots.count == 1)
            let state = try #require(try await ledger.scheduledJobs().first)
            #expect(state.latest.error?.contains("Failure") == true)
            #expect(state.latest.finishedAt == nil)
            #expect(state.lastSuccess == nil)
            clock.advance(by: .seconds(301))
            await runner.look()
            #expect(job.slots.count == 2)
            #expect(job.slots[0] < job.slots[1])
        }
    }

    @Test func `makes the months ahead, and counts them up to the first gap`() async throws {
        try await withLedger { ledger, pool in
            let clock = ManualClock()
            #expect(try await ledger.monthsAhead(of: clock.timestamp) == -1)
            let upkeep = PartitionUpkeep(
                ledger: ledger,
                clock: ManualTime(clock: clock),
                factory: NOOPMetricsHandler.instance,
                logger: .quiet
            )
            await makeRunner(upkeep, ledger, as: "a", by: clock).look()
            #expect(try await ledger.monthsAhead(of: clock.timestamp) == 3)
            _ = try await pool.query("DROP TABLE usage_events_2026_12")
            #expect(try await ledger.monthsAhead(of: clock.timestamp) == 0)
        }
    }
}
