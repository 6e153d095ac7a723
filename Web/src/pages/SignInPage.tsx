import { FormEvent, useEffect, useState } from "react";
import { Brand } from "../app/Brand";
import { ProblemError, send } from "../lib/api";
import { useData } from "../lib/data";
import { navigate } from "../lib/router";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { ErrorBox, ErrorNote, Skeleton } from "../ui/States";

interface Providers {
    providers: { id: string; name: string; url: string }[];
    password: boolean;
}

/** Where to go on: what was asked for before, but never another site. */
function returnPath(): string {
    const wanted = new URLSearchParams(location.search).get("return") ?? location.pathname + location.search;
    const isOwn = wanted.startsWith("/") && !wanted.startsWith("//") && !wanted.includes("\\");
    return isOwn && !wanted.startsWith("/sign-in") ? wanted : "/";
}

/** Takes a one-time token out of the address, so that it is in no history. */
function takeLinkToken(): string | null {
    const token = /^#link=([\w-]{16,})$/.exec(location.hash)?.[1] ?? null;
    if (token) history.replaceState(null, "", location.pathname + location.search);
    return token;
}

interface SignInProps {
    wasSignedIn: boolean;
    onSignedIn: () => void;
}

export function SignInPage({ wasSignedIn, onSignedIn }: SignInProps) {
    const [goal] = useState(returnPath);
    const [token, setToken] = useState(takeLinkToken);
    const [error, setError] = useState<ProblemError>();
    const [isBusy, setBusy] = useState(false);
    const providers = useData<Providers>("/auth/providers");
    useEffect(() => {
        document.title = "Sign in · Oliver";
        const onHash = () => setToken(takeLinkToken() ?? token);
        addEventListener("hashchange", onHash);
        return () => removeEventListener("hashchange", onHash);
    }, []);

    const signIn = async (path: string, body: unknown) => {
        setBusy(true);
        setError(undefined);
        try {
            await send("POST", path, body);
            navigate(goal, { replace: true });
            onSignedIn();
        } catch (problem) {
            setError(problem as ProblemError);
            setToken(null);
        } finally {
            setBusy(false);
        }
    };

    return (
        <main className="sign-in">
            <div className="sign-in-card">
                <h1 className="brand">
                    <Brand />
                </h1>
                <p className="muted">
                    {token
                        ? "You have a link that signs you in, once."
                        : "Sign in to see what your AI usage costs."}
                </p>
                {wasSignedIn && (
                    <p className="note">Your session has ended. Sign in to go on where you were.</p>
                )}
                {token
                    ? (
                        <Button
                            kind="primary"
                            isBusy={isBusy}
                            onClick={() => signIn("/auth/link", { token })}
                        >
                            Sign in with this link
                        </Button>
                    )
                    : (
                        <Ways
                            providers={providers.body}
                            failure={providers.error}
                            goal={goal}
                            isBusy={isBusy}
                            onRetry={providers.reload}
                            onPassword={(email, password) => signIn("/auth/password", { email, password })}
                        />
                    )}
                {error && <ErrorNote error={error} />}
            </div>
        </main>
    );
}

interface WaysProps {
    providers: Providers | undefined;
    failure: ProblemError | undefined;
    goal: string;
    isBusy: boolean;
    onRetry: () => void;
    onPassword: (email: string, password: string) => void;
}

function Ways({ providers, failure, goal, isBusy, onRetry, onPassword }: WaysProps) {
    const [email, setEmail] = useState("");
    const [password, setPassword] = useState("");
    if (!providers) {
        return failure ? <ErrorBox error={failure} onRetry={onRetry} /> : <Skeleton height={120} />;
    }
    const submit = (event: FormEvent) => {
        event.preventDefault();
        onPassword(email.trim(), password);
    };
    const isEmpty = !providers.providers.length && !providers.password;
    return (
        <>
            {providers.providers.map(({ id, name, url }) => (
                <a key={id} className="button" href={`${url}?return=${encodeURIComponent(goal)}`}>
                    {id === "microsoft" && <MicrosoftSign />}
                    Sign in with {name}
                </a>
            ))}
            {providers.providers.length > 0 && providers.password && <div className="divider">or</div>}
            {providers.password && (
                <form className="form" onSubmit={submit}>
                    <TextField
                        label="E-mail"
                        type="email"
                        name="email"
                        autoComplete="username"
                        required
                        value={email}
                        onChange={(event) => setEmail(event.target.value)}
                    />
                    <TextField
                        label="Password"
                        type="password"
                        name="password"
                        autoComplete="current-password"
                        required
                        value={password}
                        onChange={(event) => setPassword(event.target.value)}
                    />
                    <Button type="submit" kind="primary" isBusy={isBusy} disabled={!email || !password}>
                        Sign in
                    </Button>
                </form>
            )}
            {isEmpty && (
                <p className="note">
                    <span>
                        No way to sign in is set up yet. <code>oliver admin link</code>{" "}
                        prints a link that signs you in once.
                    </span>
                </p>
            )}
        </>
    );
}

function MicrosoftSign() {
    return (
        <svg width="18" height="18" viewBox="0 0 21 21" aria-hidden="true">
            <path fill="#f25022" d="M1 1h9v9H1z" />
            <path fill="#7fba00" d="M11 1h9v9h-9z" />
            <path fill="#00a4ef" d="M1 11h9v9H1z" />
            <path fill="#ffb900" d="M11 11h9v9h-9z" />
        </svg>
    );
}
