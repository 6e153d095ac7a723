import { useState } from "react";
import { address, ProblemError, send } from "../../lib/api";
import { Page as ListPage, useData } from "../../lib/data";
import { money } from "../../lib/format";
import { Link } from "../../lib/router";
import { useMay, useSession, useView } from "../../lib/session";
import { Button, CopyButton } from "../../ui/Button";
import { SelectField } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Card, Page } from "../../ui/Page";
import { ErrorNote } from "../../ui/States";
import { eventPath, UsageEvent } from "../usage/event";
import { Key } from "./key";

const app = "getting-started";

/** The way from nothing to the first event. */
export default function StartPage() {
    const view = useView();
    const { workspaces } = useSession();
    const may = useMay();
    const [workspace, setWorkspace] = useState(view.workspace?.id ?? workspaces[0]?.id ?? "");
    const [key, setKey] = useState<Key>();
    const [error, setError] = useState<ProblemError>();
    const [isBusy, setBusy] = useState(false);
    const make = async () => {
        setBusy(true);
        setError(undefined);
        try {
            setKey(
                await send<Key>("POST", "/v1/api-keys", {
                    name: `Getting started ${new Date().toISOString().slice(0, 16)}`,
                    source_app: app,
                    workspace,
                    scopes: ["record", "preflight"],
                }),
            );
        } catch (problem) {
            setError(problem as ProblemError);
        } finally {
            setBusy(false);
        }
    };
    return (
        <Page title="Get started" lead="Three steps to the first event. It takes a minute.">
            <Card title="1. Make a key">
                <div className="step">
                    {workspaces.length > 1 && !key && (
                        <SelectField
                            label="Workspace"
                            value={workspace}
                            options={workspaces.map((one) => [one.id, one.name || one.id] as const)}
                            onChange={(event) => setWorkspace(event.target.value)}
                        />
                    )}
                    {key?.key
                        ? (
                            <>
                                <pre className="secret">{key.key}</pre>
                                <div className="actions">
                                    <CopyButton text={key.key} label="Copy key" />
                                    <span className="muted small">
                                        Shown this once. It may record usage and ask preflights in{" "}
                                        {workspace}.
                                    </span>
                                </div>
                            </>
                        )
                        : may("keys", workspace)
                        ? (
                            <Button
                                kind="primary"
                                icon="keys"
                                isBusy={isBusy}
                                disabled={!workspace}
                                onClick={make}
                            >
                                Make a key
                            </Button>
                        )
                        : <p className="note">Ask an administrator for a key with the scope “record”.</p>}
                    {error && <ErrorNote error={error} />}
                </div>
            </Card>
            <Card title="2. Record a call">
                <Snippets secret={key?.key ?? "$OLIVER_API_KEY"} />
            </Card>
            <Card title="3. See it arrive">
                <FirstEvent workspace={workspace} since={key?.created_at ?? null} />
            </Card>
        </Page>
    );
}

function Snippets({ secret }: { secret: string }) {
    const [language, setLanguage] = useState<"curl" | "python">("curl");
    const origin = location.origin;
    const texts = {
        curl: `curl ${origin}/v1/record \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"provider": "openai", "model": "gpt-4o-mini",
       "usage": {"input_tokens": 1200, "output_tokens": 300},
       "team": "growth", "user": "u-42"}'`,
        python: `# pip install oliver-cost-tracker
from openai import OpenAI
from oliver_cost_tracker import CostTracker, wrap

tracker = CostTracker("${origin}", api_key="${secret}")
client = wrap(OpenAI(), tracker, project="chatbot", user="u-42")
client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}])`,
    };
    return (
        <div className="step">
            <div className="segmented" role="group" aria-label="Language">
                <button type="button" aria-pressed={language === "curl"} onClick={() => setLanguage("curl")}>
                    curl
                </button>
                <button
                    type="button"
                    aria-pressed={language === "python"}
                    onClick={() => setLanguage("python")}
                >
                    Python
                </button>
            </div>
            <pre tabIndex={0} aria-label={`${language} example`}>{texts[language]}</pre>
            <div className="actions">
                <CopyButton text={texts[language]} label="Copy" />
            </div>
        </div>
    );
}

/** Waits for the first event of the new key, and lights up. */
function FirstEvent({ workspace, since }: { workspace: string; since: string | null }) {
    const path = since &&
        address("/v1/usage", {
            workspace,
            source_app: app,
            from: new Date(Date.parse(since) - 86_400_000).toISOString(),
            to: new Date(Date.parse(since) + 7 * 86_400_000).toISOString(),
            limit: 20,
        });
    const data = useData<ListPage<UsageEvent>>(path, { every: 1 });
    const first = since
        ? data.body?.items.find((event) => Date.parse(event.recorded_at) >= Date.parse(since) - 1000)
        : undefined;
    if (first) {
        return (
            <div className="arrived is-here" role="status">
                <Icon name="check" size={26} />
                <div>
                    <strong>
                        Your first event is here:{" "}
                        {first.cost_usd === null ? "it has no price yet" : money(first.cost_usd)}
                    </strong>
                    <p className="muted">{first.model}, in {workspace}.</p>
                </div>
                <div className="actions">
                    <Link className="button primary" to={eventPath(first)}>Why does it cost that?</Link>
                    <Link className="button" to={address("/", { workspace })}>Dashboard</Link>
                </div>
            </div>
        );
    }
    return (
        <div className="arrived" role="status">
            <span className="pulse" aria-hidden="true" />
            <p className="muted">
                {since
                    ? "Waiting for the first event…"
                    : "Make a key first; this lights up when its first event arrives."}
            </p>
        </div>
    );
}
