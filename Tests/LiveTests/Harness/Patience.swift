/// Something that should have happened by now.
struct TookTooLong: Error, CustomStringConvertible {
    let description: String
}

/// Tries again and again until an attempt gives a value.
///
/// Other processes do not tell when they are done, so that asking is the only way.
///
/// - Parameters:
///   - what: What is waited for, for the message when it does not come.
///   - limit: How long.
///   - interval: Time between attempts.
///   - attempt: Gives `nil` or throws while it is too early; its last error is part of the message.
/// - Returns: The first value.
/// - Throws: `TookTooLong` after the limit.
func eventually<Value>(
    _ what: String,
    within limit: Duration = .seconds(60),
    every interval: Duration = .milliseconds(50),
    _ attempt: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        var failure = ""
        do {
            if let value = try await attempt() { return value }
        } catch {
            failure = ": \(error)"
        }
        guard ContinuousClock.now < deadline else {
            throw TookTooLong(description: "not within \(limit): \(what)\(failure)")
        }
        try await Task.sleep(for: interval)
    }
}
