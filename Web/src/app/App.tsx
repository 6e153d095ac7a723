import { Suspense, useEffect, useState } from "react";
import { SessionProvider, useSessionState } from "../lib/session";
import { navigate, useLocation } from "../lib/router";
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
    // A one-time link signs in whoever opens it, also in place of somebody else.
    const [hasLink, setLink] = useState(path === "/sign-in" && location.hash.startsWith("#link="));
    const signedIn = () => {
        setLink(false);
        ask();
    };
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
            return <SignInPage wasSignedIn={session.wasSignedIn} onSignedIn={signedIn} />;
        case "here":
            if (hasLink) return <SignInPage wasSignedIn={false} onSignedIn={signedIn} />;
            if (path === "/sign-in") return <Onward />;
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

/** Takes who is signed in already from the sign-in page to the first one. */
function Onward() {
    useEffect(() => navigate("/", { replace: true }), []);
    return null;
}
