/** The sign and the name. */
export function Brand() {
    return (
        <>
            <svg viewBox="0 0 32 32" aria-hidden="true">
                <rect width="32" height="32" rx="8" fill="#3457d5" />
                <path
                    d="M16 6.5a9.5 9.5 0 1 0 9.5 9.5"
                    fill="none"
                    stroke="#fff"
                    strokeWidth="4"
                    strokeLinecap="round"
                />
                <circle cx="22.7" cy="9.3" r="3" fill="#ffc24b" />
            </svg>
            Oliver
        </>
    );
}
