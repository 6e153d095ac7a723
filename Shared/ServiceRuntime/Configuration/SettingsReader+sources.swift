import Configuration
import Synchronization

extension SettingsReader {
    /// Makes a reader over an environment and, when given, a JSON file.
    ///
    /// The environment wins.
    ///
    /// A file that cannot be read is a problem, not an empty file.
    package static func load(environment: [String: String], file: String? = nil) async -> SettingsReader {
        let journal = ProblemJournal()
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "oliver")
        ]
        if let file {
            do {
                let path = InMemoryProvider(values: ["filePath": ConfigValue(.string(file), isSecret: false)])
                providers.append(try await FileProvider<JSONSnapshot>(config: ConfigReader(provider: path)))
            } catch {
                journal.problems.withLock { $0.append(ConfigurationProblem("config", "\(file): \(error)")) }
            }
        }
        return SettingsReader(providers: providers, prefix: "", journal: journal)
    }
}
