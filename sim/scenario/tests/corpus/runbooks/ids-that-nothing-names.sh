aws ssm create-patch-baseline --name Dev-0Day --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=0}]'
aws ssm create-patch-baseline --name Prod-7Day --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=7}]'
# Which of the two is which is a guess: the first id is the first baseline.
aws ssm register-patch-baseline-for-patch-group --baseline-id pb-00000000000000001 --patch-group Dev
aws ssm register-patch-baseline-for-patch-group --baseline-id pb-00000000000000002 --patch-group Prod
# There is no third one.
aws ssm register-default-patch-baseline --baseline-id pb-00000000000000003
