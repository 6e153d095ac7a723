/// Something wrong with a setting, told to the operator at start and by `--validate`.
package struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The setting by its environment variable, for example `OLIVER_REDIS_URL`.
    package let setting: String
    /// What is wrong and what would be right.
    ///
    /// Never contains the value of a secret.
    package let message: String

    /// Makes a problem of the setting with a dotted key such as `redis.url`.
    package init(_ key: String, _ message: String) {
        self.setting = environmentName(ofKey: key)
        self.message = message
    }

    package var description: String {
        "\(setting): \(message)"
    }
}

/// The environment variable of a dotted key: `redis.poolSize` is `OLIVER_REDIS_POOL_SIZE`.
func environmentName(ofKey key: String) -> String {
    var name = "OLIVER_"
    var wasLower = false
    for character in key {
        if character == "." {
            name.append("_")
            wasLower = false
            continue
        }
        if character.isUppercase, wasLower {
            name.append("_")
        }
        wasLower = character.isLowercase || character.isNumber
        name.append(contentsOf: character.uppercased())
    }
    return name
}
