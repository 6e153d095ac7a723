import { Component, ReactNode } from "react";
import { ProblemError } from "../lib/api";
import { ErrorBox } from "../ui/States";

/** Keeps what fails in one page from taking the whole app along. */
export class CrashGuard extends Component<{ children: ReactNode }, { error: Error | null }> {
    override state: { error: Error | null } = { error: null };

    static getDerivedStateFromError(error: Error) {
        return { error };
    }

    override render() {
        const { error } = this.state;
        if (!error) return this.props.children;
        // A new version was put in place while this one was open: its files are gone.
        const isOld = /dynamically imported module|module script/i.test(error.message);
        const problem = new ProblemError(500, {
            title: isOld ? "Oliver has been updated" : "This page cannot be shown",
            detail: isOld ? "Load the page again to go on." : error.message,
        });
        return <ErrorBox error={problem} onRetry={() => location.reload()} />;
    }
}
