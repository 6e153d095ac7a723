internal import Glibc
internal import ServiceRuntime

extension Doctor {
    /// How full the disk is on which a folder is.
    func disk(_ folder: String) -> Finding {
        var figures = statvfs()
        guard statvfs(folder, &figures) == 0, figures.f_blocks > 0 else {
            return .warning("disk", "\(folder) cannot be looked at: \(errorText(errno))", do: "Name the right folder.")
        }
        // What only root may use is no room for the servers.
        let usable = figures.f_blocks - (figures.f_bfree - figures.f_bavail)
        let percent = Int((usable - figures.f_bavail) * 100 / max(1, usable))
        let free = figures.f_bavail * figures.f_frsize >> 20
        guard percent >= limits.disk else { return .ok("disk", "\(percent) % of the disk of \(folder) is used") }
        return .fault(
            "disk_full",
            "\(percent) % of the disk of \(folder) is used, \(free) MiB are left",
            do: "Make room, or move the data: Redis and PostgreSQL stop taking writes when it is full."
        )
    }
}
