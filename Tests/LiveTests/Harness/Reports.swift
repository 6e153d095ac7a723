// The answers of services and commands, as far as tests read them. Names are in snake case on the wire.

/// The answer to `POST /v1/record`.
struct RecordAnswer: Decodable {
    struct Item: Decodable {
        var index: Int
        var eventId: String?
        var status: String
        var minted: Bool?
        var problem: ProblemAnswer?
    }

    var accepted: Int
    var duplicates: Int
    var rejected: Int
    var items: [Item]
}

/// A problem (RFC 9457).
struct ProblemAnswer: Decodable {
    struct Parameter: Decodable {
        var name: String
        var code: String
    }

    var type: String
    var status: Int
    var title: String
    var detail: String?
    var requestId: String?
    var invalidParameters: [Parameter]?
    var retryAfter: Int?

    /// The part of the type that differs between problems.
    var slug: String { type.hasPrefix("urn:oliver:problem:") ? String(type.dropFirst(19)) : type }
}

/// A page of `GET /v1/usage`.
struct UsagePage: Decodable {
    struct Item: Decodable {
        var eventId: String
        var kind: String
        var occurredAt: String
        var workspace: String
        var team: String?
        var user: String?
        var provider: String
        var model: String
        var costUsd: String?
        var costStatus: String
    }

    var items: [Item]
    var next: String?
}

/// The answer of `GET /v1/analytics/summary`.
struct SummaryAnswer: Decodable, Equatable {
    var costUsd: String
    var events: Int
    var unpricedEvents: Int
    var inputTokens: Int
    var outputTokens: Int
}

/// What `oliver lag --json` prints.
struct LagAnswer: Decodable {
    struct Stage: Decodable {
        var stream: String
        var group: String
        var entriesBehind: Int
        var pending: Int
    }

    var stages: [Stage]

    /// Whether every stage has done all its work.
    var isQuiet: Bool { !stages.isEmpty && stages.allSatisfy { $0.entriesBehind == 0 && $0.pending == 0 } }
}

/// What `oliver dead list --json` prints.
struct DeadAnswer: Decodable {
    struct Letter: Decodable {
        var id: String
        var stage: String
        var stream: String
        var entry: String
        var reason: String
        var attempts: Int
    }

    var items: [Letter]
}

/// What `oliver ledger verify --json` prints.
struct VerifyAnswer: Decodable {
    struct Counter: Decodable {
        var scope: String
        var period: String
        var counterUsd: String
        var ledgerUsd: String
        var counterEvents: Int
    }

    struct Workspace: Decodable {
        var workspace: String
        var events: Int
        var ledgerUsd: String
        var rollupsUsd: String
        var counters: [Counter]
        var consistent: Bool
    }

    var workspaces: [Workspace]
    var consistent: Bool
}

/// What `oliver keys create --json` prints.
struct KeyAnswer: Decodable {
    var key: String
    var id: String
}
