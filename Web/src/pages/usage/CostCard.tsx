import { count, moneyExactly } from "../../lib/format";
import { isTokenRate, perMillion } from "../../lib/rates";
import { Link } from "../../lib/router";
import { Card, Facts } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Component, Explained, words } from "./event";

const sources: Record<string, string> = {
    litellm: "Price map",
    catalogue: "Catalogue",
    override: "Override",
    reported: "Reported by the client",
};

/** A cost as arithmetic that a person can check. */
export function CostCard({ explained }: { explained: Explained }) {
    const { explanation } = explained;
    const provenance = explanation?.provenance;
    return (
        <>
            <Card
                title={explained.cost_usd === null ? "No price yet" : moneyExactly(explained.cost_usd)}
                note={explained.cost_usd === null
                    ? "It counts in no spend until a price is known; then it is priced by itself."
                    : "What this event costs now"}
                actions={explanation && (explained.verified
                    ? <Badge tone="good">Computed again: agrees</Badge>
                    : <Badge tone="bad">Computed again: differs</Badge>)}
            >
                <Facts
                    facts={{
                        State: words(explained.cost_status),
                        "As recorded": explained.adjustments > 0 && (explained.recorded_cost_usd === null
                            ? "no price"
                            : moneyExactly(explained.recorded_cost_usd)),
                        "Price from": provenance && (sources[provenance.source] ?? provenance.source),
                        "Price entry": provenance?.key && (
                            <Link to={pricePath(explained.provider, explained.model)}>{provenance.key}</Link>
                        ),
                        "Price version": provenance?.price_version && (
                            <span className="mono">{provenance.price_version}</span>
                        ),
                        Multiplier: explanation?.multiplier &&
                            `× ${explanation.multiplier} (${explanation.multiplier_keys?.join(", ")})`,
                        Rules: provenance?.rules.map(words).join(", "),
                        Flags: provenance && provenance.flags.length > 0 &&
                            provenance.flags.map((flag) => <Badge key={flag} tone="warn">{words(flag)}
                            </Badge>),
                    }}
                />
            </Card>
            {explanation && explanation.components.length > 0 && (
                <Card title="How it adds up" className="flush">
                    <Table
                        label="Parts of the cost"
                        items={explanation.components}
                        keyOf={(part, index) =>
                            part.component + index}
                        columns={[
                            {
                                name: "component",
                                title: "Part",
                                show: (part) => (
                                    <>
                                        {words(part.component)}
                                        <span className="under mono">{part.rate_key}</span>
                                    </>
                                ),
                            },
                            {
                                name: "quantity",
                                title: "Quantity",
                                isNumber: true,
                                show: (part) =>
                                    count(part.quantity),
                            },
                            {
                                name: "price",
                                title: "× unit price",
                                isNumber: true,
                                show: (part) => (
                                    <>
                                        {unitPrice(part.unit_price)}
                                        <PerMillion part={part} />
                                    </>
                                ),
                            },
                            {
                                name: "cost",
                                title: "= cost",
                                isNumber: true,
                                show: (part) => exactCost(part.cost),
                            },
                        ]}
                        footer={explanation.exact_cost_usd !== null && (
                            <tr>
                                <th scope="row" colSpan={3}>
                                    Sum{explanation.multiplier ? ", times the multiplier" : ""}, before it is
                                    rounded once
                                </th>
                                <td className="number">{exactCost(explanation.exact_cost_usd)}</td>
                            </tr>
                        )}
                    />
                </Card>
            )}
            {explanation?.unpriced_quantities && (
                <Card title="Without a price">
                    <Facts
                        facts={Object.fromEntries(
                            explanation.unpriced_quantities.map((
                                part,
                            ) => [words(part.quantity), words(part.reason)]),
                        )}
                    />
                </Card>
            )}
            {!explanation && (
                <Card>
                    <Empty
                        icon="prices"
                        title={`No price of ${explained.provider} ${explained.model} was known`}
                    >
                        <Link to={pricePath(explained.provider, explained.model)}>
                            See its prices, or set one
                        </Link>
                        <Link to="/prices/unpriced">See all that has no price</Link>
                    </Empty>
                </Card>
            )}
        </>
    );
}

/** The address of a model's prices. */
export function pricePath(provider: string, model: string): string {
    return `/prices/${encodeURIComponent(provider)}/${encodeURIComponent(model)}`;
}

/** People know prices of tokens by the million. */
function PerMillion({ part }: { part: Component }) {
    const million = isTokenRate(part.rate_key ?? "") ? perMillion(part.unit_price) : null;
    return million === null ? null : <span className="under">{exactCost(million)} / 1M</span>;
}

/** A rate may be one per many units: `0.22/3600`. */
function unitPrice(text: string): string {
    const [amount = "", units] = text.split("/");
    return units ? `${exactCost(amount)} / ${count(units)}` : exactCost(amount);
}

/** Amounts finer than money is kept: shown as they are. */
function exactCost(text: string): string {
    const fraction = text.split(".")[1]?.length ?? 0;
    return fraction <= 12 && /^-?\d+(\.\d+)?$/.test(text) ? moneyExactly(text) : `$${text}`;
}
