internal import Domain
internal import PriceBook
internal import Yams

/// Reads a catalogue's file: all of it, or nothing and every problem.
///
/// Numbers are read from their text, digit by digit, whatever YAML would make of them.
package struct CatalogueReader {
    /// A larger file is refused, in bytes.
    package static let sizeLimit = 1 << 20
    /// Prices that a file may have; one of several models counts once for each.
    package static let entryLimit = 5_000

    let file: String
    var catalogue: Catalogue
    private var problems: [CatalogueProblem] = []

    private init(file: String) {
        self.file = file
        catalogue = Catalogue(file: file)
    }

    /// Reads a catalogue.
    ///
    /// - Parameters:
    ///   - bytes: The file's content.
    ///   - file: What the file is called in problems.
    /// - Returns: The catalogue.
    /// - Throws: `CatalogueError` with everything that is wrong.
    package static func read(_ bytes: [UInt8], file: String) throws(CatalogueError) -> Catalogue {
        var reader = CatalogueReader(file: file)
        guard let root = reader.parse(bytes) else { throw CatalogueError(reader.problems) }
        reader.readFile(root)
        guard reader.problems.isEmpty else {
            throw CatalogueError(reader.problems.sorted { $0.line < $1.line })
        }
        return reader.catalogue
    }

    /// Notes a problem; beyond `CatalogueError.problemLimit` they are left out.
    mutating func report(_ value: YAMLValue, _ message: String) {
        report(line: value.line, field: value.path, message)
    }

    mutating func report(line: Int, field: String, _ message: String) {
        guard problems.count < CatalogueError.problemLimit else { return }
        problems.append(CatalogueProblem(file: file, line: line, field: field, message: message))
    }

    // MARK: The file

    private mutating func parse(_ bytes: [UInt8]) -> YAMLValue? {
        guard bytes.count <= Self.sizeLimit else {
            report(line: 0, field: "", "has \(bytes.count) bytes, more than \(Self.sizeLimit)")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            report(line: 0, field: "", "is not UTF-8 text")
            return nil
        }
        if let alias = YAMLAliases.first(in: text) {
            report(line: alias.line, field: "", "uses the alias *\(alias.name): aliases are not read")
            return nil
        }
        do {
            // Only scalars' own texts are used, so that nothing needs to be resolved.
            guard let node = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
                report(line: 1, field: "", "is empty")
                return nil
            }
            return YAMLValue(node, path: "", line: 1)
        } catch {
            let problem = (error as? YamlError)?.place ?? (line: 0, message: "\(error)")
            report(line: problem.line, field: "", "is no YAML: \(problem.message)")
            return nil
        }
    }

    private mutating func readFile(_ root: YAMLValue) {
        let known = ["version", "plans", "providers", "models"]
        guard let fields = fields(of: root, known: known, required: ["version", "models"]) else { return }
        if let version = fields["version"], let text = text(version), text != "1" {
            report(version, "is \(text), but only version 1 can be read")
        }
        if let plans = fields["plans"] { readPlans(plans) }
        if let providers = fields["providers"] { readProviders(providers) }
        guard let models = fields["models"], let list = list(models) else { return }
        for value in list {
            readModel(value)
            guard catalogue.entries.count <= Self.entryLimit else {
                return report(models, "holds more than \(Self.entryLimit) prices")
            }
        }
        reportCollisions()
    }

    private mutating func readPlans(_ value: YAMLValue) {
        for (provider, choice) in members(of: value) {
            guard let fields = fields(of: choice, known: ["default", "known"], required: ["default", "known"]),
                let standard = fields["default"], let plan = name(standard),
                let list = fields["known"], let known = names(list)
            else { continue }
            guard known.contains(plan) else {
                report(standard, "is \(plan), which is not among the known plans")
                continue
            }
            catalogue.plans[provider.lowercased()] = .init(standard: plan, known: known)
        }
    }

    private mutating func readProviders(_ value: YAMLValue) {
        for (provider, list) in members(of: value) {
            for name in names(list) ?? [] {
                guard catalogue.names.add(provider: provider.lowercased(), called: name) else {
                    report(list, "\(name) is another provider's name already")
                    continue
                }
            }
        }
    }

    /// Reports prices of one model that hold at the same time with some choice of plans.
    private mutating func reportCollisions() {
        let entries = catalogue.entries
        for versions in Dictionary(grouping: entries, by: \.price.key).values where versions.count > 1 {
            for (index, entry) in versions.enumerated() {
                let other = versions[..<index].first { other in
                    let canMeet = entry.plan == other.plan || entry.plan == nil || other.plan == nil
                    return canMeet && CatalogueVersions.collide(entry.price, other.price)
                }
                guard let other else { continue }
                let message = "holds at the same time as the price in line \(other.line)"
                report(line: entry.line, field: entry.price.key, message)
            }
        }
    }
}

extension YamlError {
    /// The line, from 1, and what is wrong there.
    fileprivate var place: (line: Int, message: String) {
        switch self {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            (mark.line, context.map { "\($0.text), \(problem)" } ?? problem)
        case .duplicatedKeysInMapping(let names, let context):
            (context.mark.line, "the field \(names.joined(separator: ", ")) is there twice")
        case .reader(let problem, _, _, _): (0, problem)
        case .memory: (0, "it is nested too deeply")
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded: (0, "\(self)")
        }
    }
}
