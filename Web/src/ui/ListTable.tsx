import { ReactNode } from "react";
import { List } from "../lib/data";
import { Button } from "./Button";
import { ErrorBox, ErrorNote, Skeleton } from "./States";
import { Column, Table } from "./Table";

interface ListTableProps<Item> {
    label: string;
    list: List<Item>;
    columns: (Column<Item> | false | null | undefined)[];
    keyOf: (item: Item, index: number) => string;
    empty: ReactNode;
}

/** A list of the server, page by page. */
export function ListTable<Item>({ label, list, columns, keyOf, empty }: ListTableProps<Item>) {
    if (!list.items) {
        return list.error ? <ErrorBox error={list.error} onRetry={list.reload} /> : <Skeleton height={240} />;
    }
    if (!list.items.length) return <>{empty}</>;
    return (
        <>
            <Table label={label} columns={columns} items={list.items} keyOf={keyOf} />
            {list.error && <ErrorNote error={list.error} />}
            {list.hasMore && (
                <div className="more">
                    <Button onClick={list.more} isBusy={list.isLoading}>Show more</Button>
                </div>
            )}
        </>
    );
}
