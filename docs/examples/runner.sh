#!/bin/sh
# A runner in plain shell: it lists a directory, if it may. See docs/protocol.md.
#   manage.py runagent --exec "sh docs/examples/runner.sh" "What is here?"

escaped() { # stdin as the inside of a JSON string
  tr -d '\000-\010\013-\037' | sed 's/\\/\\\\/g; s/"/\\"/g; s/	/\\t/g' |
    awk '{ printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }'
}

finish() { # STATUS
  printf '{"type":"agent_complete","status":"%s"}\n' "$1"
  exit 0
}

while read -r command; do
  echo "heard: $command" >&2
  case $command in
    '{"type":"prompt"'*)
      echo '{"type":"text_delta","delta":"I look at "}'
      echo '{"type":"text_delta","delta":"what is here."}'
      echo '{"type":"tool_use","tool":"ls","input":{"path":"."}}'
      echo '{"type":"approval_request","reason":"it shows your files"}'
      ;;
    '{"type":"approve"'*)
      printf '{"type":"tool_result","tool":"ls","output":"%s"}\n' "$(ls | escaped)"
      printf '{"type":"text_delta","delta":"%d entries."}\n' "$(ls | wc -l)"
      finish success
      ;;
    '{"type":"deny"'*) finish success ;;
    '{"type":"interrupt"'* | '{"type":"cancel"'*) finish interrupted ;;
  esac
done
