# Each command is well formed; AWS refuses the second registration.
A=$(aws ssm create-patch-baseline --name Dev-0Day --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=0}]')
B=$(aws ssm create-patch-baseline --name Prod-7Day --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=7}]')
aws ssm register-patch-baseline-for-patch-group --baseline-id $A --patch-group Web
aws ssm register-patch-baseline-for-patch-group --baseline-id $B --patch-group Web
