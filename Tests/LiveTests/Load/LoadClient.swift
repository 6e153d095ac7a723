import FoundationEssentials
import TestSupport

/// A pipeline that reports usage in requests of random shape and size, and sends again what was not answered.
struct LoadClient: Sendable {
    let journal: Journal
    let gate: LoadGate
    let http: HTTPClient
    /// The key of each workspace.
    let keys: [String]
    let factory: LoadEventFactory
    /// One item in so many repeats an id that was posted before.
    let repeatEvery = 20

    /// Posts until the gate gives no more.
    func run(seed: SeededGenerator) async throws {
        var random = seed
        while true {
            let isSingle = Int.random(in: 0..<4, using: &random) == 0
            let granted = await gate.take(isSingle ? 1 : Int.random(in: 1...200, using: &random))
            guard granted > 0 else { return }
            try await post(batch(of: granted, using: &random), isSingle: isSingle && granted == 1, using: &random)
        }
    }

    private func batch(of count: Int, using random: inout SeededGenerator) -> (workspace: Int, numbers: [Int]) {
        let workspace = Int.random(in: 0..<keys.count, using: &random)
        var numbers: [Int] = []
        for _ in 0..<count {
            let roll = random.next()
            numbers.append(journal.add { factory.event(number: $0, workspace: workspace, roll: roll) })
            guard Int.random(in: 0..<repeatEvery, using: &random) == 0 else { continue }
            if let known = journal.known(in: workspace, using: &random) { numbers.append(known) }
        }
        return (workspace, numbers)
    }

    private func post(
        _ batch: (workspace: Int, numbers: [Int]),
        isSingle: Bool,
        using random: inout SeededGenerator
    ) async throws {
        // An event alone goes as a bare object, unless it brought its own repetition along.
        let shape = isSingle && batch.numbers.count == 1 ? BodyShape.single : .random(using: &random)
        var open = batch.numbers
        while !open.isEmpty {
            let request = shape.request(journal.texts(of: open), key: keys[batch.workspace])
            let attempt = journal.begin(open)
            do {
                let answer = try await http.send(request)
                switch answer.status {
                case 202: open = journal.answered(attempt, try answer.decoded(RecordAnswer.self).items)
                case 503: journal.lost(attempt)
                default: throw UnexpectedAnswer(description: "\(answer)")
                }
            } catch let failure as HTTPClient.Failure {
                if failure.mayHaveArrived { journal.lost(attempt) }
            }
            if !open.isEmpty { try await Task.sleep(for: .milliseconds(Int.random(in: 20...250, using: &random))) }
        }
    }
}

/// The ways to write several events into a body.
enum BodyShape: CaseIterable {
    case single, array, object, lines, packed

    static func random(using random: inout SeededGenerator) -> BodyShape {
        let shapes: [BodyShape] = [.array, .object, .lines, .packed]
        return shapes[Int.random(in: 0..<shapes.count, using: &random)]
    }

    func request(_ events: [[UInt8]], key: String) -> HTTPRequest {
        let list = Array(events.joined(separator: [UInt8(ascii: ",")]))
        let object = Array(#"{"events":["#.utf8) + list + Array("]}".utf8)
        return switch self {
        case .single: .post("/v1/record", key: key, list)
        case .array: .post("/v1/record", key: key, Array("[".utf8) + list + Array("]".utf8))
        case .object: .post("/v1/record", key: key, object)
        case .lines:
            .post(
                "/v1/record",
                key: key,
                Array(events.joined(separator: [UInt8(ascii: "\n")])),
                type: "application/x-ndjson"
            )
        case .packed: .post("/v1/record", key: key, gzipped(object), encoding: "gzip")
        }
    }
}
