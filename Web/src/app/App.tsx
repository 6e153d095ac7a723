import { Suspense } from "react";
import { SessionProvider, useSessionState } from "../lib/session";
import { useLocation } from "../lib/router";
import { ErrorBox, Skeleton } from "../ui/States";
import { Toasts } from "../ui/Toast";
import { SignInPage } from "../pages/SignInPage";
import { CrashGuard } from "./CrashGuard";
import { findPage } from "./pages";
import { Shell } from "./Shell";

/** The whole app: who is there, and the page they ask for. */
export function App() {
    const [session, ask] = useSessionState();
    const { path } = useLocation();
    switch (session.state) {
        case "asking":
            return (
                <div className="boot">
                    <Skeleton height={4} />
                </div>
            );
        case "failed":
            return (
                <main className="boot">
                    <ErrorBox error={session.error} onRetry={ask} />
                </main>
            );
        case "none":
            return <SignInPage wasSignedIn={session.wasSignedIn} onSignedIn={ask} />;
        case "here":
            return (
                <SessionProvider session={session.session}>
                    <Shell>
                        <CrashGuard key={path}>
                            <Suspense fallback={<Skeleton height={320} />}>{findPage(path)}</Suspense>
                        </CrashGuard>
                    </Shell>
                    <Toasts />
                </SessionProvider>
            );
    }
}
