# One job of the campaign: campaign_job.sh KIND LOG SECONDS
#
# Each line goes to a file of the job's own by one append, so that executions are counted without
# Wattle. A line "overlap" says that an earlier attempt still ran.
kind=$1 log=$2 seconds=$3
attempt=$WATTLE_ATTEMPT_NUMBER

started() { # when the process was started, in ticks; "" when it has ended
  sed "s/.*) //" "/proc/$1/stat" 2>/dev/null | awk "\$1 !~ /[ZX]/ {print \$20}"
}

if [ -e "$log" ]; then
  while read -r word _ pid start; do
    if [ "$word" = begin ] && [ -n "$start" ] && [ "$(started "$pid")" = "$start" ]; then
      echo "overlap $attempt $pid" >>"$log"
    fi
  done <"$log"
fi
echo "begin $attempt $$ $(started $$)" >>"$log"

case $kind in
  plain)
    sleep "$seconds"
    ;;
  secret)
    sleep "$seconds"
    [ "$CAMPAIGN_TOKEN" = "of the campaign" ] || echo "secret-lost $attempt" >>"$log"
    ;;
  output)
    sleep "$seconds"
    echo "model of $WATTLE_RUN_ID" >"$WATTLE_MODEL_DIR/model"
    ;;
  failing)
    sleep 0.1
    echo "fail $attempt" >>"$log"
    [ "$(grep -c '^fail' "$log")" -ge 3 ] || exit 7
    ;;
  steps)
    step=0
    if [ -n "$WATTLE_RESUME_FROM" ]; then
      read -r step <"$WATTLE_RESUME_FROM"
      echo "resume $attempt $step" >>"$log"
    fi
    while [ "$step" -lt 8 ]; do
      sleep 0.1
      step=$((step + 1))
      echo "step $attempt $step" >>"$log"
      echo "$step" >"$WATTLE_CHECKPOINT_DIR/step-$step.new"
      mv "$WATTLE_CHECKPOINT_DIR/step-$step.new" "$WATTLE_CHECKPOINT_DIR/step-$step"
      echo "{\"path\": \"step-$step\", \"step\": $step}" >"$WATTLE_CHECKPOINT_CONFIRM.new"
      mv "$WATTLE_CHECKPOINT_CONFIRM.new" "$WATTLE_CHECKPOINT_CONFIRM"
      echo "confirmed $attempt $step" >>"$log"
    done
    ;;
esac
echo "end $attempt" >>"$log"
