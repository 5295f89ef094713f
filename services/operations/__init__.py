"""Operations: what became of every assessment, how long each stage took, and what was avoided.

Read ``seen`` (what is read of each event), ``journeys`` (what each says of its journey),
``handlers``, ``store``, ``api``. Everything here is derived from events and can be derived again;
it holds no personal data.
"""
