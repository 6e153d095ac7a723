internal import FoundationEssentials

/// Where the built web app lies, and what it consists of.
enum WebFolder {
    /// Files at most, and bytes of one: what is larger is no web app of ours.
    private static let fileLimit = 500
    private static let sizeLimit = 16 << 20

    /// The folder that has the app's page: the one that is set, else that of an installation or a checkout which the
    /// executable belongs to.
    ///
    /// - Parameters:
    ///   - setting: The folder that was set; empty for none.
    ///   - executable: The executable's path.
    /// - Returns: The folder; nil when there is none.
    static func find(setting: String, executable: String?) -> String? {
        if !setting.isEmpty { return hasPage(setting) ? setting : nil }
        guard let executable else { return nil }
        var folder = parent(executable)
        // …/bin/oliver beside …/share/oliver/web; …/.build/x86_64-unknown-linux-gnu/debug/oliver within a checkout.
        for _ in 0..<5 {
            for candidate in ["\(folder)/share/oliver/web", "\(folder)/Web/dist"] where hasPage(candidate) {
                return candidate
            }
            folder = parent(folder)
        }
        return nil
    }

    /// The path of the executable that runs.
    static var executable: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    /// Reads a folder's files, and those of its folder `assets`.
    ///
    /// - Throws: When the folder cannot be read.
    static func read(_ folder: String) throws -> [WebFile] {
        let manager = FileManager.default
        var files: [WebFile] = []
        for place in ["", "/assets"] {
            let names = try manager.contentsOfDirectory(atPath: folder + place)
            for name in names.sorted().prefix(fileLimit) where !name.hasPrefix(".") && !name.hasSuffix(".gz") {
                let path = "\(folder)\(place)/\(name)"
                guard let plain = bytes(path) else { continue }
                if let file = WebFile(path: "\(place)/\(name)", plain: plain, gzip: bytes(path + ".gz")) {
                    files.append(file)
                }
            }
        }
        return files
    }

    private static func hasPage(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/index.html")
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private static func bytes(_ path: String) -> [UInt8]? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? Int ?? (attributes?[.size] as? UInt64).map({ Int($0) }),
            size <= sizeLimit, let data = FileManager.default.contents(atPath: path)
        else { return nil }
        return [UInt8](data)
    }
}
