/// The functions that run inside Redis: each a step that must happen whole or not at all.
///
/// The library carries its version in its name. It is added, never replaced, so that old and new replicas run side by
/// side: whoever changes a function, or adds one, raises the version.
enum FunctionLibrary {
    static let name = "oliver_v8"

    /// What `FUNCTION LOAD` is given.
    static let code = """
        #!lua name=\(name)
        \(parts)
        \(epochs)
        \(holdParts)
        \(claim)
        \(reports)
        \(forward)
        \(counting)
        \(rebuilding)
        \(preflight)
        \(holds)
        \(dead)
        \(delivery)
        \(upkeep)
        """

    /// The library's functions.
    ///
    /// The raw value is the name within the library's name.
    enum Function: String, CaseIterable {
        case establish, life
        case claim, report, settle, forward, count, correct, read, publish
        case beginRebuild = "begin_rebuild"
        case finishRebuild = "finish_rebuild"
        case caughtUp = "caught_up"
        case attach
        case admit
        case bury, replay, discard, reclaim, trim, lag
        case preflight, extend, release, sweep

        /// What `FCALL` is given.
        var fullName: String { "\(FunctionLibrary.name)_\(rawValue)" }
    }
}

extension RedisCommand {
    /// Starts a call of one of our functions.
    init(_ function: FunctionLibrary.Function, keys: Int, capacity: Int = 256) {
        self.init("FCALL", capacity: capacity)
        append(function.fullName)
        append(keys)
    }
}
