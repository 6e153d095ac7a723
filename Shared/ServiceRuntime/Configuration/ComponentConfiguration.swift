/// The settings of one component.
///
/// Reading never throws: a value that cannot be used is noted in the reader and its default taken, so that one run of
/// `--validate` shows every problem at once.
package protocol ComponentConfiguration: Sendable {
    /// Reads the settings below the reader's prefix.
    init(reader: SettingsReader)

    /// Finds what only the values together show. Empty when all is well.
    func validate() -> [ConfigurationProblem]

    /// What an operator may want to know of valid settings, for `--validate`: for example what is off.
    var remarks: [String] { get }
}

extension ComponentConfiguration {
    package var remarks: [String] { [] }
}
