# Everything that is wrong is told in one go.
aws ssm create-patch-baseline --name Prod-7Day \
  --approval-rules "PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=CLASSIFICATION,Values=A,B}]},ApproveAfterDays=5}]"
aws ssm register-patch-baseline-for-patch-group --baseline-id pb-0d7e05e5964ca987c --patch-grop Web
aws ssm create-maintenance-window --name Patch-Web --schedule "cron(0 16 ? * TUE)" --duration 25 --cutoff 1
aws ssm register-task-with-maintenance-window --window-id mw-1 --task-arn AWS-RunPatchBaseline --task-type RUN_COMMAND \
  --targets Key=InstanceIds,Values=i-1 --max-concurrency 0 --task-parameters '{"Operation":{"Values":["Scan"]}'
aws ssm send-command --document-name AWS-RunPatchBaseline --instance-ids i-1 i-1 --parameters Operation=Patch
