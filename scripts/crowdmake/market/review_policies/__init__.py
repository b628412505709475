"""Review policies: rules that a HIT brings with it, by which the market itself decides on work.

`known_answers` judges each submission, `plurality` a HIT's work whenever the HIT becomes
Reviewable. What they find and do is kept in `ReviewResult` and `ReviewAction`, in the order
in which it happened. Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ReviewPoliciesArticle.html
"""
