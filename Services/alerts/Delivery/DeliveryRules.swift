package import Domain
package import Streams

/// When a destination is told: at once while that is seldom, in a digest when it would be a flood, later after a failure.
///
/// Pure: the stores keep its ``State`` in a destination's row.
package struct DeliveryRules: Hashable, Sendable {
    /// Messages to one destination in a window; what comes beyond waits for the window's end and goes as one.
    package var messagesPerWindow = 3
    /// The window's length.
    package var window = Duration.seconds(60)
    /// Alerts in one message at most.
    package var alertsPerMessage = 100
    /// Waits between tries.
    package var backoff = Backoff(initial: .seconds(2), maximum: .seconds(900))
    /// How long a message is tried.
    package var giveUpAfter = Duration.seconds(86_400)
    /// How long a replica may take for one try before another one tries.
    package var lease = Duration.seconds(60)

    package init() {}

    /// What is remembered of a destination.
    package struct State: Hashable, Sendable {
        /// Failures in a row.
        package var failures = 0
        /// When the present window began.
        package var windowStart: Timestamp?
        /// Messages that were taken in it.
        package var windowMessages = 0

        package init() {}
    }

    /// When the next new message may go: now, or at the end of a window that is full.
    package func earliest(_ state: State, now: Timestamp) -> Timestamp {
        guard let start = state.windowStart, state.windowMessages >= messagesPerWindow else { return now }
        return max(now, start.adding(window))
    }

    /// Notes that a message was taken.
    package func delivered(_ state: inout State, at now: Timestamp) {
        state.failures = 0
        if let start = state.windowStart, now < start.adding(window), now >= start {
            state.windowMessages += 1
        } else {
            state.windowStart = now
            state.windowMessages = 1
        }
    }

    /// Notes that a message was not taken.
    ///
    /// - Returns: When to try again; nil to give the message up.
    package func failed(
        _ state: inout State,
        isRetriable: Bool,
        since created: Timestamp,
        at now: Timestamp,
        random: UInt64
    ) -> Timestamp? {
        guard isRetriable else {
            state.failures = 0
            return nil
        }
        state.failures += 1
        let next = now.adding(backoff.delay(failures: state.failures, random: random))
        if next > created.adding(giveUpAfter) {
            return nil
        }
        return next
    }
}

/// A message to one destination, claimed by this replica until its lease ends.
package struct ClaimedMessage: Hashable, Sendable {
    /// Names the message for ever: in mail the `Message-ID`, for webhooks the `webhook-id`.
    package var id: String
    package var target: Int64
    package var destination: Destination
    /// What it tells; the same at each try.
    package var alerts: [Alert]
    package var createdAt: Timestamp
    /// Tries, this one included.
    package var attempts: Int
    /// Tries of which nobody knows how they ended: a replica died, or was cut off, after it had begun.
    package var uncertainAttempts: Int
    /// Which claim of the destination this is.
    package var lease: Int64
    package var state: DeliveryRules.State
}

/// How a try ended.
package enum DeliveryResult: Hashable, Sendable {
    /// The other side took it, with its answer.
    case sent(answer: String)
    case failed(message: String, isRetriable: Bool, isUncertain: Bool)
}

/// What became of a try in the store.
package enum Settlement: Hashable, Sendable {
    /// Noted: all told.
    case sent
    /// Noted: to be tried again.
    case retrying(at: Timestamp)
    /// Noted: given up.
    case givenUp
    /// Somebody else had settled the message: it may have arrived twice.
    case superseded
}

/// What a claim found.
package enum ClaimOutcome: Hashable, Sendable {
    case message(ClaimedMessage)
    /// A destination was looked at and has nothing to send now: look for the next.
    case nothingYet
    /// No destination is due.
    case idle
}

/// One destination of an alert and what became of it.
package struct DeliveryReceipt: Hashable, Sendable {
    /// What became of a delivery.
    package enum State: String, CaseIterable, Hashable, Sendable {
        case pending, sent, failed, undeliverable
    }

    package var destination: Destination
    package var state: State
    package var attempts: Int
    package var uncertainAttempts: Int
    /// The message it went in.
    package var messageID: String?
    package var settledAt: Timestamp?
    /// The other side's answer, or the last error.
    package var detail: String?
}
