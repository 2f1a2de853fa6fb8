#!/usr/bin/env bash
# Saves what Systems Manager and EC2 say about patching, for `patchbench import aws-cli DIR`.
#
#   bash collect.sh DIR      # with the credentials and region that the AWS CLI has here
#
# It only reads. It needs the permissions ssm:DescribePatchBaselines, ssm:GetPatchBaseline,
# ssm:DescribePatchGroups, ssm:DescribeMaintenanceWindows, ssm:GetMaintenanceWindow,
# ssm:DescribeMaintenanceWindowTargets, ssm:DescribeMaintenanceWindowTasks, ssm:GetMaintenanceWindowTask,
# ssm:DescribeInstanceInformation, ssm:ListTagsForResource and ec2:DescribeTags. What may not be read is
# left out, and said; the import then says what it misses.
set -u
dir="${1:?usage: bash collect.sh DIR}"
mkdir -p "$dir" || exit 1
export AWS_PAGER=""
missing=0

# Saves one answer whole, or not at all.
save() {
  local file="$dir/$1.json"
  shift
  if aws "$@" --output json > "$file.part"; then
    mv "$file.part" "$file"
  else
    rm -f "$file.part"
    missing=$((missing + 1))
    echo "not saved: aws $*" >&2
  fi
}

# Ids out of an answer, one to a line.
ids() {
  aws "$@" --output text | tr '\t' '\n' | grep -v -e '^None$' -e '^$'
}

save describe-patch-baselines ssm describe-patch-baselines
for id in $(ids ssm describe-patch-baselines --query 'BaselineIdentities[].BaselineId'); do
  save "get-patch-baseline-${id##*/}" ssm get-patch-baseline --baseline-id "$id"
done
save describe-patch-groups ssm describe-patch-groups

save describe-maintenance-windows ssm describe-maintenance-windows
for id in $(ids ssm describe-maintenance-windows --query 'WindowIdentities[].WindowId'); do
  save "get-maintenance-window-$id" ssm get-maintenance-window --window-id "$id"
  save "describe-maintenance-window-targets-$id" ssm describe-maintenance-window-targets --window-id "$id"
  save "describe-maintenance-window-tasks-$id" ssm describe-maintenance-window-tasks --window-id "$id"
  for task in $(ids ssm describe-maintenance-window-tasks --window-id "$id" --query 'Tasks[].WindowTaskId'); do
    save "get-maintenance-window-task-$id-$task" ssm get-maintenance-window-task \
      --window-id "$id" --window-task-id "$task"
  done
done

save describe-instance-information ssm describe-instance-information
save describe-tags ec2 describe-tags --filters Name=resource-type,Values=instance
for id in $(ids ssm describe-instance-information --query 'InstanceInformationList[].InstanceId'); do
  case "$id" in
    mi-*) save "list-tags-for-resource-$id" ssm list-tags-for-resource \
      --resource-type ManagedInstance --resource-id "$id" ;;
  esac
done

echo "saved in $dir; next: patchbench import aws-cli $dir --out scenario.toml" >&2
[ "$missing" -eq 0 ]
