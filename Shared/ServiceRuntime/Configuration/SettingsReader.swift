package import Configuration
import Synchronization

/// Reads settings from the environment (`OLIVER_…`), then a JSON file, then takes the default.
///
/// The key `redis.poolSize` is the variable `OLIVER_REDIS_POOL_SIZE` and `{"redis": {"poolSize": …}}` in the file. A
/// value that cannot be used is noted in ``problems``; its default is returned.
package final class SettingsReader: Sendable {
    /// Where values come from, first match wins.
    private let providers: [any ConfigProvider]
    private let prefix: String
    private let journal: ProblemJournal

    init(providers: [any ConfigProvider], prefix: String, journal: ProblemJournal) {
        self.providers = providers
        self.prefix = prefix
        self.journal = journal
    }

    /// Makes a reader over an ordered list of providers.
    ///
    /// Keys have no `oliver` prefix there.
    package convenience init(providers: [any ConfigProvider]) {
        self.init(providers: providers, prefix: "", journal: ProblemJournal())
    }

    /// Makes a reader of fixed values under their dotted keys, for tests and for settings given as arguments.
    package convenience init(values: [String: String]) {
        let pairs = values.map {
            (AbsoluteConfigKey(ConfigKey($0.key)), ConfigValue(.string($0.value), isSecret: false))
        }
        self.init(providers: [InMemoryProvider(values: Dictionary(uniqueKeysWithValues: pairs))])
    }

    /// The reader of the settings below `prefix`.
    ///
    /// Problems go to the same list.
    package func scoped(to prefix: String) -> SettingsReader {
        SettingsReader(providers: providers, prefix: absolute(prefix), journal: journal)
    }

    /// What was wrong with the values read so far, in order.
    package var problems: [ConfigurationProblem] {
        journal.problems.withLock { $0 }
    }

    /// Notes a problem found by the caller.
    package func report(_ key: String, _ message: String) {
        let problem = ConfigurationProblem(absolute(key), message)
        journal.problems.withLock { problems in
            if !problems.contains(problem) {
                problems.append(problem)
            }
        }
    }

    /// The text of a setting, nil when it is not set or empty.
    ///
    /// A JSON file may hold numbers and booleans: they are read as their text.
    func text(_ key: String, isSecret: Bool = false) -> String? {
        let absoluteKey = AbsoluteConfigKey(ConfigKey(absolute(key)))
        for provider in providers {
            guard let text = text(absoluteKey, in: provider) else { continue }
            return text.isEmpty ? nil : text
        }
        return nil
    }

    private func text(_ key: AbsoluteConfigKey, in provider: any ConfigProvider) -> String? {
        for type in [ConfigType.string, .int, .double, .bool, .stringArray] {
            // A provider throws when the value has another type than asked for: then the next type fits.
            guard let value = try? provider.value(forKey: key, type: type).value else { continue }
            switch value.content {
            case .string(let text): return text
            case .int(let number): return String(number)
            case .double(let number): return String(number)
            case .bool(let flag): return String(flag)
            case .stringArray(let texts): return texts.joined(separator: ",")
            default: continue
            }
        }
        return nil
    }

    private func absolute(_ key: String) -> String {
        prefix.isEmpty ? key : "\(prefix).\(key)"
    }
}

/// The problems that all readers over the same sources share.
final class ProblemJournal: Sendable {
    let problems = Mutex<[ConfigurationProblem]>([])
}
