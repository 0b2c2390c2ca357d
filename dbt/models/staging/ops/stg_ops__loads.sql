with source as (
    select * from {{ source('ops', 'loads') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        -- text
        cast(kind as string) as load_kind,
        cast(subject as string) as load_subject,
        cast(status as string) as load_status,
        cast(content_sha256 as string) as content_sha256,
        cast(source_path as string) as source_path,
        cast(recognised_as as string) as recognised_as,
        cast(loaded_by as string) as loaded_by,
        cast(imid_version as string) as imid_version,
        cast(duckdb_version as string) as duckdb_version,
        -- numerics
        cast(rows_in as bigint) as rows_in,
        cast(rows_loaded as bigint) as rows_loaded,
        cast(rows_refused as bigint) as rows_refused,
        cast(duration_s as double) as duration_s,
        -- timestamps
        cast(started_at as timestamp) as started_at,
        cast(finished_at as timestamp) as loaded_at
    from source
)

select * from renamed
