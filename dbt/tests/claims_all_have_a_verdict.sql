-- Every claim is judged or said to be untestable.
select claims.claim_id
from {{ ref('fct_literature_claim') }} as claims
left join {{ ref('mart_literature_concordance') }} as verdicts
    on claims.claim_id = verdicts.claim_id
where verdicts.claim_id is null
