/// The version of all executables.
package enum OliverVersion {
    package static let current = "0.1.0"
}
