/// Why a command has no answer.
enum ServiceError: Error, Sendable, CustomStringConvertible {
    /// The installation says what is wrong.
    case problem(ServiceProblem)
    /// An answer that is none of Oliver's, for example a proxy's.
    case status(Int, base: String)
    /// Nobody answers, or somebody broke off.
    case unreachable(String, base: String)
    case timedOut(Duration, base: String)
    /// What came is not what was asked for.
    case unreadable(String, base: String)

    var description: String {
        switch self {
        case .problem(let problem): problem.text
        case .status(let code, let base): "\(base) answered with the HTTP status \(code)."
        case .unreachable(let reason, let base): "\(base) cannot be reached or broke off: \(reason)"
        case .timedOut(let limit, let base):
            """
            \(base) did not answer within \(limit.components.seconds) seconds. What was asked for may be done all the \
            same; --timeout waits longer.
            """
        case .unreadable(let reason, let base): "The answer of \(base) is not understood: \(reason)."
        }
    }

    /// Whether the same request may succeed in a moment.
    var isRetriable: Bool {
        switch self {
        case .problem(let problem): problem.status == 503 || problem.status == 429
        case .status(let code, _): (502...504).contains(code)
        case .unreachable, .timedOut: true
        case .unreadable: false
        }
    }
}

/// An error answer as RFC 9457 describes it.
struct ServiceProblem: Decodable, Sendable {
    let title: String
    let status: Int
    let detail: String?
    let invalidParameters: [Parameter]?
    let requestID: String?
    /// Seconds.
    let retryAfter: Int?

    /// One input that is at fault.
    struct Parameter: Decodable, Sendable {
        let name: String
        let code: String
        let detail: String

        var text: String { "\(name): \(detail)" }
    }

    /// Title and detail, then each input that is at fault on a line of its own.
    var text: String {
        let parameters = invalidParameters ?? []
        var lines = [title + "."]
        // The detail of a single fault repeats it.
        if let detail, !parameters.contains(where: { $0.text == detail }) { lines[0] += " \(detail)" }
        lines += parameters.map { "  \($0.text) (\($0.code))" }
        if let retryAfter { lines.append("  Try again in \(retryAfter) s.") }
        if status >= 500, retryAfter == nil, let requestID {
            lines.append("  The server's log has more under the request id \(requestID).")
        }
        return lines.joined(separator: "\n")
    }
}
