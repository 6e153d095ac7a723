package import Directory
package import Domain
internal import Logging
package import Redis
package import ServiceRuntime
package import Streams

/// Decides whether a call may be made, and holds what it may cost.
package struct Preflight: Sendable {
    /// The longest wait for a counter that is being made.
    package static let patience = Duration.seconds(2)
    /// Rounds for changed budgets, for smaller calls and for amounts that others took meanwhile.
    private static let rounds = 6

    private let catalogue: CounterCatalogueCache
    private let desk: HoldDesk
    private let estimator: Estimator
    private let keeper: any CounterKeeping
    private let partitioning: Partitioning
    private let clock: any WallClock

    package init(
        catalogue: CounterCatalogueCache,
        desk: HoldDesk,
        estimator: Estimator,
        keeper: any CounterKeeping,
        partitioning: Partitioning,
        clock: any WallClock
    ) {
        self.catalogue = catalogue
        self.desk = desk
        self.estimator = estimator
        self.keeper = keeper
        self.partitioning = partitioning
        self.clock = clock
    }

    /// What a question has come to so far.
    private struct Attempt {
        var estimate: Estimate
        var applicable: ApplicableBudgets
        /// The output tokens that fit.
        var cap: Int64?
        /// Whether counters that were not ready have been waited for, and why they never will be.
        var hasWaited = false
        var reason: CounterError?
        /// Whether blocking budgets were left out whose counters are not ready.
        var isPartial = false

        var amount: MoneySum { MoneySum(estimate.money ?? .zero) }

        mutating func shorten(to lower: (tokens: Int64, cost: Money)) {
            cap = lower.tokens
            estimate.outputTokens = lower.tokens
            estimate.money = lower.cost
        }

        /// Goes on without the budgets whose counters are not ready: the others hold the amount nevertheless.
        mutating func leaveOutUnready(_ levels: [HoldLevel]) {
            applicable.parts = zip(applicable.parts, levels).filter { $0.limit == nil || $1.isReady }.map(\.0)
            isPartial = true
        }

        func allowance(_ levels: [HoldLevel], hold id: String?, until expiry: Timestamp?) -> PreflightAnswer {
            .allowed(
                PreflightAllowance(
                    holdID: id,
                    expiresAt: expiry,
                    estimate: estimate,
                    amount: estimate.money.map { MoneySum($0) },
                    cap: cap,
                    budgets: applicable.states(levels),
                    failMode: isPartial ? .open : nil
                )
            )
        }

        func allowance(_ levels: [HoldLevel], _ known: HoldAnswer.KnownHold) -> PreflightAnswer {
            .allowed(
                PreflightAllowance(
                    holdID: known.id,
                    expiresAt: known.expiresAt,
                    estimate: estimate,
                    amount: known.amount,
                    cap: Int64(known.note),
                    budgets: applicable.states(levels),
                    failMode: isPartial ? .open : nil
                )
            )
        }
    }

    /// Answers a question about a call in a workspace.
    package func answer(_ question: PreflightQuestion, in workspace: Workspace) async -> PreflightAnswer {
        var attempt = Attempt(
            estimate: await estimator.estimate(question.event),
            applicable: ApplicableBudgets(of: question.event, in: catalogue.current, at: clock.now)
        )
        for round in 1...Self.rounds {
            let answer = await advance(&attempt, question, workspace, isLast: round == Self.rounds)
            if let answer { return answer }
        }
        // Whatever it was, it changed under our hands each time.
        return unchecked(attempt, workspace)
    }

    /// Asks once; `nil` when it is to be asked again.
    private func advance(
        _ attempt: inout Attempt,
        _ question: PreflightQuestion,
        _ workspace: Workspace,
        isLast: Bool
    ) async -> PreflightAnswer? {
        if attempt.estimate.money == nil, attempt.applicable.isBlocking, workspace.unpricedMode != .allow {
            guard let other = await substitute(in: workspace) else { return .unpriced }
            attempt.estimate = other
        }
        let reply: HoldAnswer
        do throws(RedisError) {
            reply = try await desk.decide(request(question, attempt))
        } catch {
            return unchecked(attempt, workspace)
        }
        switch reply {
        case .stale:
            guard let newer = try? await catalogue.refreshed() else { return unchecked(attempt, workspace) }
            attempt.applicable = ApplicableBudgets(of: question.event, in: newer, at: clock.now)
        case .notReady(let levels):
            guard !attempt.hasWaited else {
                guard workspace.failMode == .open else { return .unavailable(attempt.reason) }
                attempt.leaveOutUnready(levels)
                break
            }
            attempt.hasWaited = true
            let missing = zip(attempt.applicable.parts, levels).filter { $0.limit != nil && !$1.isReady }
            do throws(CounterError) {
                _ = try await keeper.makeReady(missing.map(\.0.counter), within: Self.patience)
            } catch {
                attempt.reason = error
            }
        case .denied(let levels, let ends):
            let states = attempt.applicable.states(levels)
            let refusal = PreflightRefusal(states, ends, attempt.amount, at: clock.now)
            guard !isLast, let lower = refusal.cap(for: attempt.estimate) else { return .refused(refusal) }
            attempt.shorten(to: lower)
        case .conflict: return .conflict
        case .allowed(let levels, let expiry):
            return attempt.allowance(levels, hold: question.hold?.id.text, until: expiry)
        case .known(let levels, let hold): return attempt.allowance(levels, hold)
        }
        return nil
    }

    /// What a call without a price is held at; `nil` when it is refused.
    private func substitute(in workspace: Workspace) async -> Estimate? {
        workspace.unpricedMode == .estimate ? await estimator.estimateUnpriced(in: workspace.id) : nil
    }

    private func request(_ question: PreflightQuestion, _ attempt: Attempt) -> HoldRequest {
        let workspace = question.event.identity.workspace
        return HoldRequest(
            partition: partitioning.partition(ofWorkspace: workspace),
            workspace: workspace,
            budgetsVersion: attempt.applicable.version,
            counters: attempt.applicable.counters,
            scopes: Scope.all(of: question.event),
            amount: attempt.amount,
            hold: question.hold.map {
                HoldRequest.NewHold(
                    id: $0.id,
                    timeToLive: $0.timeToLive,
                    note: attempt.cap.map { String($0) } ?? ""
                )
            },
            idempotency: question.hold == nil ? nil : question.idempotency
        )
    }

    /// What is answered while Redis cannot be asked: as the workspace says; without a blocking budget there is nothing to
    /// ask.
    private func unchecked(_ attempt: Attempt, _ workspace: Workspace) -> PreflightAnswer {
        let isBlocking = attempt.applicable.isBlocking || attempt.isPartial
        guard !isBlocking || workspace.failMode == .open else { return .unavailable(nil) }
        return .allowed(
            PreflightAllowance(
                estimate: attempt.estimate,
                amount: attempt.estimate.money.map { MoneySum($0) },
                failMode: isBlocking ? .open : nil
            )
        )
    }
}

/// Makes counters ready on demand.
package protocol CounterKeeping: Sendable {
    /// Asks for counters and waits until they are ready, at most so long.
    ///
    /// - Returns: Whether all of them are.
    /// - Throws: `CounterError.tooMany` when a workspace has as many counters of single values as it may.
    func makeReady(
        _ counters: [CounterCatalogue.Counter],
        within patience: Duration
    ) async throws(CounterError) -> Bool
}

/// A question whether a call may be made.
package struct PreflightQuestion: Sendable {
    /// Who and what, with the estimate as its usage or cost.
    package var event: UsageEvent
    /// The hold to make; `nil` only asks.
    package var hold: (id: HoldID, timeToLive: Duration)?
    package var idempotency: HoldRequest.Idempotency?

    package init(
        event: UsageEvent,
        hold: (id: HoldID, timeToLive: Duration)? = nil,
        idempotency: HoldRequest.Idempotency? = nil
    ) {
        self.event = event
        self.hold = hold
        self.idempotency = idempotency
    }
}
