import { ReactNode } from "react";
import { ProblemError } from "../lib/api";
import { Data } from "../lib/data";
import { Button } from "./Button";
import { Icon, IconName } from "./Icon";

/** Nothing is there, and what to do about that. */
export function Empty(
    { icon = "search", title, children }: { icon?: IconName; title: string; children?: ReactNode },
) {
    return (
        <div className="empty">
            <Icon name={icon} size={28} />
            <p className="empty-title">{title}</p>
            {children && <div className="empty-text">{children}</div>}
        </div>
    );
}

/** Something could not be read. */
export function ErrorBox({ error, onRetry }: { error: ProblemError; onRetry?: () => void }) {
    return (
        <div className="empty error" role="alert">
            <Icon name="warning" size={28} />
            <p className="empty-title">{error.message}</p>
            <div className="empty-text">
                {error.detail && <p>{error.detail}</p>}
                {error.requestID && <p className="muted small">Request {error.requestID}</p>}
                {onRetry && error.status !== 403 && error.status !== 404 && (
                    <Button icon="refresh" onClick={onRetry}>Try again</Button>
                )}
            </div>
        </div>
    );
}

/** Something could not be done, said beside where it was asked for. */
export function ErrorNote({ error }: { error: ProblemError }) {
    return (
        <p className="note bad" role="alert">
            <Icon name="warning" size={16} />
            <span>
                <strong>{error.message}.</strong> {error.detail}
            </span>
        </p>
    );
}

/** The shape of what is on its way. */
export function Skeleton({ height = 160 }: { height?: number }) {
    return <div className="skeleton" style={{ height }} role="status" aria-label="Loading" />;
}

interface LoadedProps<Body> {
    data: Data<Body>;
    height?: number;
    children: (body: Body) => ReactNode;
}

/** What was read, or why it was not; old figures stay, marked, while newer ones cannot be had. */
export function Loaded<Body>({ data, height, children }: LoadedProps<Body>) {
    if (data.body === undefined) {
        if (data.error) return <ErrorBox error={data.error} onRetry={data.reload} />;
        return <Skeleton {...(height ? { height } : {})} />;
    }
    return (
        <div
            className={data.isLoading ? "loaded is-loading" : "loaded"}
            aria-busy={data.isLoading || undefined}
        >
            {data.error && <StaleNote error={data.error} onRetry={data.reload} />}
            {children(data.body)}
        </div>
    );
}

function StaleNote({ error, onRetry }: { error: ProblemError; onRetry: () => void }) {
    return (
        <p className="note warn" role="status">
            <Icon name="warning" size={16} />
            <span>These figures may be old: {error.detail ?? error.message}</span>
            <Button kind="quiet" onClick={onRetry}>Try again</Button>
        </p>
    );
}

export type Tone = "neutral" | "good" | "warn" | "bad" | "info";

/** A short word about the state of something. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
    return <span className={`badge ${tone}`}>{children}</span>;
}
