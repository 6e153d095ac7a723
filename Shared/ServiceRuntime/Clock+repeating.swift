internal import ServiceLifecycle

extension Clock where Duration == Swift.Duration {
    /// Repeats a step, with a pause after each, until the task is cancelled or its group is asked to stop.
    package func repeating(every pause: Duration, _ step: () async -> Void) async {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            await step()
            // Ends at once when the group is asked to stop.
            try? await cancelWhenGracefulShutdown { try await self.sleep(for: pause) }
        }
    }
}
