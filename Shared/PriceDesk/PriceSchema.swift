package import Postgres

/// The tables of the price book.
package enum PriceSchema {
    /// The steps that make the tables, in their order.
    package static let migrations: [Migration] = [
        Migration(id: "prices-0001", name: "price versions, contents, syncs and changes", sql: tables)
    ]

    /// Prices are versions: content is written once and never changed, only the end of a version is written later.
    ///
    /// `changed_version` is the version of the book whose transaction wrote a row: versions are taken under the row lock
    /// of `price_book`, so they commit in order and a replica asks for what came after the one it has.
    private static let tables: SQL = """
        CREATE TABLE price_book (
            singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            version bigint NOT NULL,
            -- Since when people know that no sync succeeds; empties with the next good one.
            stale_noticed_at timestamptz
        );
        INSERT INTO price_book (version) VALUES (0);

        CREATE TABLE price_syncs (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            cause text NOT NULL,
            requested_by text NOT NULL,
            instance text NOT NULL,
            url text NOT NULL,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            outcome text NOT NULL,
            etag text,
            digest text,
            detail text,
            models integer NOT NULL DEFAULT 0,
            opened integer NOT NULL DEFAULT 0,
            changed integer NOT NULL DEFAULT 0,
            closed integer NOT NULL DEFAULT 0,
            unchanged integer NOT NULL DEFAULT 0,
            quarantined integer NOT NULL DEFAULT 0,
            held integer NOT NULL DEFAULT 0,
            warnings integer NOT NULL DEFAULT 0,
            summary text NOT NULL DEFAULT '{}',
            notice text NOT NULL DEFAULT 'none' CHECK (notice IN ('none', 'due', 'sent'))
        );
        -- One sync at a time, over all replicas.
        CREATE UNIQUE INDEX price_syncs_running ON price_syncs ((true)) WHERE outcome = 'running';

        CREATE TABLE price_versions (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            source smallint NOT NULL,
            workspace text CHECK (workspace <> ''),
            key text NOT NULL,
            provider text NOT NULL,
            content text NOT NULL,
            content_version bigint NOT NULL,
            valid_from timestamptz,
            valid_to timestamptz,
            recorded_at timestamptz NOT NULL,
            sync_id bigint REFERENCES price_syncs (id),
            author text,
            reason text,
            closed_at timestamptz,
            closed_by text,
            withdrawn boolean NOT NULL DEFAULT false,
            changed_version bigint NOT NULL,
            -- An empty interval is what a clock that went back leaves.
            CHECK (valid_to >= valid_from)
        );
        CREATE UNIQUE INDEX price_versions_open ON price_versions (source, coalesce(workspace, ''), key)
            WHERE valid_to IS NULL AND NOT withdrawn;
        CREATE INDEX price_versions_changed ON price_versions (changed_version);
        CREATE INDEX price_versions_by_key ON price_versions (source, key);

        -- What costs are computed again from; rows are never changed nor deleted.
        CREATE TABLE price_contents (
            version bigint PRIMARY KEY,
            content text NOT NULL
        );

        CREATE TABLE price_changes (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            sync_id bigint NOT NULL REFERENCES price_syncs (id),
            key text NOT NULL,
            state text NOT NULL CHECK (state IN ('pending', 'approved', 'rejected', 'superseded')),
            guards text[] NOT NULL,
            detail text NOT NULL,
            old_content text,
            -- NULL when the model vanished.
            new_content text,
            -- 0 when the model vanished.
            new_version bigint NOT NULL,
            created_at timestamptz NOT NULL,
            decided_at timestamptz,
            decided_by text,
            note text
        );
        CREATE UNIQUE INDEX price_changes_pending ON price_changes (key) WHERE state = 'pending';
        CREATE INDEX price_changes_rejected ON price_changes (key) WHERE state = 'rejected';
        """
}
