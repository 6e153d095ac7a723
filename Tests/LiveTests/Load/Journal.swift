import Synchronization

/// An event that clients post, as often as they like.
struct LoadEvent: Sendable {
    let id: String
    /// Which of the workspaces it belongs to.
    let workspace: Int
    /// The JSON of the event, always the same.
    let text: [UInt8]
    /// Pico-dollars; `nil` when unpriced.
    let cost: Int64?
}

/// What the clients posted and what they were told: the truth that the ledger is held against.
final class Journal: Sendable {
    /// What became of one event.
    struct Fate: Sendable {
        var sent = 0
        var accepted = 0
        var duplicate = 0
        /// Whether an attempt ended without word of its outcome.
        var isAmbiguous = false

        var isSettled: Bool { accepted + duplicate > 0 }
    }

    /// A request's items, and which of them were settled before it was sent.
    struct Attempt: Sendable {
        fileprivate var numbers: [Int]
        fileprivate var wasSettled: [Bool]
    }

    fileprivate struct State {
        var events: [LoadEvent] = []
        var fates: [Fate] = []
        var ofWorkspace: [[Int]]
        var faults: [String] = []
    }

    private let state: Mutex<State>

    init(workspaces: Int) {
        state = Mutex(State(ofWorkspace: Array(repeating: [], count: workspaces)))
    }

    /// Adds an event and returns its number.
    func add(_ make: (Int) -> LoadEvent) -> Int {
        state.withLock { state in
            let number = state.events.count
            let event = make(number)
            state.events.append(event)
            state.fates.append(Fate())
            state.ofWorkspace[event.workspace].append(number)
            return number
        }
    }

    /// Some event of a workspace that was added before.
    func known(in workspace: Int, using random: inout some RandomNumberGenerator) -> Int? {
        let roll = random.next()
        return state.withLock { state in
            let numbers = state.ofWorkspace[workspace]
            return numbers.isEmpty ? nil : numbers[Int(roll % UInt64(numbers.count))]
        }
    }

    func texts(of numbers: [Int]) -> [[UInt8]] {
        state.withLock { state in numbers.map { state.events[$0].text } }
    }

    /// Notes that a request is about to be sent.
    func begin(_ numbers: [Int]) -> Attempt {
        state.withLock { state in
            let wasSettled = numbers.map { state.fates[$0].isSettled }
            for number in numbers { state.fates[number].sent += 1 }
            return Attempt(numbers: numbers, wasSettled: wasSettled)
        }
    }

    /// Notes that a request ended without an answer: its events may or may not have been taken.
    func lost(_ attempt: Attempt) {
        state.withLock { state in
            for number in attempt.numbers { state.fates[number].isAmbiguous = true }
        }
    }

    /// Notes an answer.
    ///
    /// - Returns: The events to send again, because the service could not take them.
    func answered(_ attempt: Attempt, _ items: [RecordAnswer.Item]) -> [Int] {
        state.withLock { state in
            guard items.count == attempt.numbers.count else {
                state.faults.append("\(attempt.numbers.count) items were answered by \(items.count)")
                return []
            }
            var again: [Int] = []
            for (index, item) in items.enumerated() {
                let number = attempt.numbers[index]
                if item.eventId != state.events[number].id || item.index != index {
                    state.faults.append("item \(index) (\(state.events[number].id)) was answered by \(item)")
                }
                if item.status == "rejected", item.problem?.status == 503 {
                    state.fates[number].isAmbiguous = true
                    again.append(number)
                } else {
                    state.settle(number, item, wasSettled: attempt.wasSettled[index])
                }
            }
            return again
        }
    }

    /// Everything so far.
    var record: (events: [LoadEvent], fates: [Fate], faults: [String]) {
        state.withLock { ($0.events, $0.fates, $0.faults) }
    }
}

extension Journal.State {
    fileprivate mutating func settle(_ number: Int, _ item: RecordAnswer.Item, wasSettled: Bool) {
        let id = events[number].id
        switch item.status {
        case "accepted":
            if wasSettled || fates[number].accepted > 0 { faults.append("\(id) was accepted twice") }
            fates[number].accepted += 1
        case "duplicate":
            if fates[number].sent == 1 { faults.append("\(id) was new and answered as duplicate") }
            fates[number].duplicate += 1
        default:
            faults.append("\(id) was \(item.status): \(item.problem?.type ?? "") \(item.problem?.detail ?? "")")
        }
    }
}
