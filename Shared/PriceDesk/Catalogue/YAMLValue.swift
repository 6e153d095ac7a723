internal import Yams

/// A value of a YAML file and the way to it.
struct YAMLValue {
    let node: Node
    /// For example `models[3].rates`; empty for the whole file.
    let path: String
    /// From 1.
    let line: Int

    init(_ node: Node, path: String, line: Int) {
        self.node = node
        self.path = path
        self.line = line
    }

    /// What stands under a name, at the line of the name.
    func member(_ name: String, of key: Node, _ node: Node) -> YAMLValue {
        YAMLValue(node, path: path.isEmpty ? name : "\(path).\(name)", line: key.mark?.line ?? line)
    }

    /// The value at a place of a list.
    func element(_ index: Int, _ node: Node) -> YAMLValue {
        YAMLValue(node, path: "\(path)[\(index)]", line: node.mark?.line ?? line)
    }

    /// The text of a scalar as it is written; `nil` for a list or mapping.
    var scalar: String? { node.scalar?.string }
    var isMapping: Bool { node.mapping != nil }
    var isList: Bool { node.sequence != nil }
}

/// Finds aliases, which could make a small file enormous.
enum YAMLAliases {
    /// The first alias of an anchor in the text, and its line from 1.
    ///
    /// It looks at the text before it is parsed, since a parser that resolves aliases may already be lost. A `*word` in
    /// a comment or a text counts only when there is an `&word` too.
    static func first(in text: String) -> (name: String, line: Int)? {
        let anchors = Set(marked(with: "&", in: text).map(\.name))
        guard !anchors.isEmpty else { return nil }
        return marked(with: "*", in: text).first { anchors.contains($0.name) }
    }

    private static func marked(with mark: Unicode.Scalar, in text: String) -> [(name: String, line: Int)] {
        var found: [(name: String, line: Int)] = []
        var line = 1
        var name: [UInt8]?
        var isStart = true
        func end() {
            if let letters = name, !letters.isEmpty { found.append((String(decoding: letters, as: UTF8.self), line)) }
            name = nil
        }
        for byte in text.utf8 {
            let isBreak = separators.contains(byte)
            if isBreak {
                end()
                if byte == UInt8(ascii: "\n") { line += 1 }
            } else if name != nil {
                name?.append(byte)
            } else if isStart, byte == UInt8(ascii: mark) {
                name = []
            }
            isStart = isBreak
        }
        end()
        return found
    }

    /// What may stand before or after the name of an anchor.
    private static let separators = Set(" \t\r\n,[]{}:".utf8)
}
