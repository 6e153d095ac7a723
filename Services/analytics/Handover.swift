internal import Synchronization

/// Hands pieces from one task to another, one at a time: whoever gives waits until the other has taken.
///
/// When either task is cancelled or says so, both are done.
final class Handover<Piece: Sendable>: Sendable {
    private enum State {
        case idle
        case offered(Piece, giver: CheckedContinuation<Void, any Error>)
        case wanted(taker: CheckedContinuation<Piece?, any Error>)
        /// Nothing comes any more, because of an error if there is one.
        case ended((any Error)?)
    }

    private let state = Mutex(State.idle)

    /// Gives a piece, and returns once it is taken.
    ///
    /// - Throws: `CancellationError` when nobody takes it.
    func give(_ piece: Piece) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { giver in
                let taker: CheckedContinuation<Piece?, any Error>? = state.withLock { state in
                    switch state {
                    case .wanted(let taker):
                        state = .idle
                        return taker
                    case .idle:
                        state = .offered(piece, giver: giver)
                    case .ended, .offered:
                        giver.resume(throwing: CancellationError())
                    }
                    return nil
                }
                guard let taker else { return }
                taker.resume(returning: piece)
                giver.resume()
            }
        } onCancel: {
            end(CancellationError())
        }
    }

    /// Takes the next piece; `nil` after the last.
    ///
    /// - Throws: what the giver ended with.
    func take() async throws -> Piece? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { taker in
                let giver: CheckedContinuation<Void, any Error>? = state.withLock { state in
                    switch state {
                    case .offered(let piece, let giver):
                        state = .idle
                        taker.resume(returning: piece)
                        return giver
                    case .idle:
                        state = .wanted(taker: taker)
                    case .ended(let error):
                        if let error { taker.resume(throwing: error) } else { taker.resume(returning: nil) }
                    case .wanted:
                        taker.resume(throwing: CancellationError())
                    }
                    return nil
                }
                giver?.resume()
            }
        } onCancel: {
            end(CancellationError())
        }
    }

    /// Ends it for both; the first end counts.
    func end(_ error: (any Error)? = nil) {
        state.withLock { state in
            switch state {
            case .ended: return
            case .idle: break
            case .offered(_, let giver): giver.resume(throwing: error ?? CancellationError())
            case .wanted(let taker):
                if let error { taker.resume(throwing: error) } else { taker.resume(returning: nil) }
            }
            state = .ended(error)
        }
    }
}
