import Postgres

extension Directory {
    /// The audit log.
    ///
    /// Rows are never changed: the trigger refuses it to everybody, the owner too, and the chain of hashes shows it when
    /// somebody switches the trigger off. What is somebody's data stands in `audit_personal`, beside the chain: the
    /// entry keeps a salted hash of it, so that it can be erased and the chain stays good.
    static let audit: SQL = """
        CREATE TABLE audit_log (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            -- Empty for the installation's own chain.
            workspace text NOT NULL,
            sequence bigint NOT NULL,
            at timestamptz NOT NULL,
            actor_kind text NOT NULL,
            actor_id text NOT NULL,
            action text NOT NULL,
            target_kind text NOT NULL,
            target_id text,
            -- JSON texts, byte by byte as they were hashed.
            before text,
            after text,
            request_id text,
            fields text[] NOT NULL,
            commitments bytea[] NOT NULL,
            previous bytea NOT NULL,
            hash bytea NOT NULL,
            UNIQUE (workspace, sequence)
        );
        CREATE INDEX audit_log_by_workspace ON audit_log (workspace, id);
        CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id);
        CREATE INDEX audit_log_by_target ON audit_log (target_id, id) WHERE target_id IS NOT NULL;
        CREATE INDEX audit_log_by_time ON audit_log (at);

        CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

        -- The last entry of each chain: without it nobody would miss the end of one.
        CREATE TABLE audit_heads (
            workspace text PRIMARY KEY,
            sequence bigint NOT NULL,
            hash bytea NOT NULL
        ) WITH (fillfactor = 50);

        CREATE TABLE audit_salts (
            subject text PRIMARY KEY,
            salt bytea NOT NULL
        );
        CREATE TABLE audit_personal (
            workspace text NOT NULL,
            sequence bigint NOT NULL,
            field text NOT NULL,
            -- NULL once the subject was erased; the value is then a pseudonym.
            subject text,
            value text NOT NULL,
            PRIMARY KEY (workspace, sequence, field)
        );
        CREATE INDEX audit_personal_by_subject ON audit_personal (subject);
        CREATE INDEX audit_personal_by_target ON audit_personal USING hash (value) WHERE field = 'target';
        """
}
