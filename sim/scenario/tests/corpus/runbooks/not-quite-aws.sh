# What AWS's own pages print, and a shell or the service would not take.
aws ssm create-patch-baseline
--name Prod-7Day
--approval-rules "PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=7}]"
--approved-patches "KB2032276,MS10-048"
aws ssm create-maintenance-window --name Patch-Web --schedule "cron(0 16 ? * TUE *)" --duration 4 --cutoff 1
aws ssm register-task-with-maintenance-window --window-id mw-1 --task-arn AWS-RunPatchBaseline --task-type RUN_COMMAND \
  --targets Key=tag:Env,Values=Prod --max-concurrency 1 --max-errors 0 --service-role-arn arn:aws:iam::1:role/MW \
  --task-parameters '{\"Operation\":{\"Values\":[\"Install\"]}}'
