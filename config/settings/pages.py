"""What pages, the inbox and the admin show, and what people type there."""

from config.settings.log import EVENT_MAX_BYTES

LIST_PAGE_ROWS = 50  # main sessions of one page of the list
LIST_CHOICES_MAX = 100  # to choose from in one filter of the list
INBOX_MAX_ASKS = 100  # shown at once; answered ones make room
WORKDIRS_MAX = 50  # directories offered to complete a path
FILES_MAX = 30  # files offered to complete a name in a message
FILES_SCANNED = 20_000  # entries of a directory's tree looked at for them
FILES_SCAN_S = 0.3
TRANSCRIPT_MAX_ROWS = 300  # events of a page without scripts
TRANSCRIPT_PRINT_MAX_ROWS = 20_000  # events of a transcript that is to be printed
TAG_MAX_CHARS = 32
ADMIN_LOG_MAX_ROWS = 25_000  # looked through at once: the newest, or of one log
ADMIN_ACT_MAX_SESSIONS = 200  # that one act of the admin takes
TITLE_MAX_CHARS = 80  # of a title that is cut from a prompt
PROMPT_MAX_CHARS = 40_000  # fits one event, however it is encoded
COMMAND_MAX_BYTES = EVENT_MAX_BYTES - 4096  # the event it causes has more fields
SAVED_SEARCHES_MAX = 50  # of one person
CONSOLE_ROWS_MAX = 5  # sessions of each state on the admin's first page
CONSOLE_COUNT_MAX = 1000  # counted there; of more it says so
