with loads as (
    select * from {{ ref('stg_ops__loads') }}
),

load_files as (
    select * from {{ ref('stg_ops__load_files') }}
),

files as (
    select
        load_files.load_id,
        {{ dbt.listagg(
            "load_files.file_role || ': ' || " ~ file_name('load_files.file_path')
            ~ " || ' (sha256 ' || load_files.file_sha256 || ')'",
            "'; '",
            'order by load_files.file_role, load_files.file_path'
        ) }} as files,
        max(case when load_files.file_path = loads.source_path then load_files.file_sha256 end)
            as main_sha256
    from load_files
    inner join loads on load_files.load_id = loads.load_id
    group by load_files.load_id
),

final as (
    select
        loads.load_id,
        loads.load_kind,
        {{ file_name('loads.source_path') }} as file_name,
        coalesce(files.main_sha256, loads.content_sha256) as file_sha256,
        files.files,
        loads.imid_version,
        loads.loaded_at
    from loads
    left join files on loads.load_id = files.load_id
)

select * from final
