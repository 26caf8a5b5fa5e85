"""Made-up secrets of every format, assembled here: no scanner takes them for a leak."""

KEYS = [
    ("sk-" + "ant-", "api03-" + "x_Y-9" * 5),
    ("sk-" + "proj-", "a1B2" * 10),
    ("sk" + "-", "a1B2" * 10),
    ("gh" + "p_", "a1B2" * 9),
    ("github" + "_pat_", "A1_b" * 8),
    ("gl" + "pat-", "a-B_" * 6),
    ("AK" + "IA", "ABCD1234EFGH5678"),
    ("AS" + "IA", "ABCD1234EFGH5678"),
    ("xox" + "b-", "123-456-abc"),
    ("AI" + "za", "a_B-1" * 7),
    ("sk" + "_live_", "a1B2" * 6),
    ("npm" + "_", "a1B2" * 9),
    ("pypi" + "-AgE", "a_B-" * 13),
    ("hf" + "_", "a1B2" * 9),
    ("ey" + "J", "hbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJlLXNpZ25hdHVyZQ"),
    ("Bearer ", "a.b~c+d/e=" * 2),
    ("BEARER  ", "a.b~c+d/e=" * 2),
    ("-----BEGIN RSA " + "PRIVATE KEY-----", "\nMIIE\n" + "a+/9" * 12 + "\n"),
    (
        "-----BEGIN " + "PRIVATE KEY-----",
        "\nProc-Type: 4,ENCRYPTED\n\n" + "a+/9" * 12 + "\n",
    ),
]
IDS = [f"{n} {prefix.strip()}" for n, (prefix, _) in enumerate(KEYS)]
GITHUB = KEYS[3][0] + KEYS[3][1]
GITHUB_COVERED = KEYS[3][0] + "*" * len(KEYS[3][1])
WORDS = [
    "sk-learn",
    "task-" + "a" * 40,
    "AKIA",
    "eyJ",
    "bearer of news",
    "ghp_short",
    "eyJ" + "a" * 60,
]
